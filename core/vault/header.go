package vault

import (
	"bytes"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"fmt"
	"slices"

	"github.com/domicile-home/domicile/core"
)

const (
	magic         = "DOMICILE"
	formatVersion = 1
	maxSlots      = 16
	wrappedSize   = overhead + keySize
	slotSize      = slotHeadSize + wrappedSize
	slotHeadSize  = 1 + 4 + 4 + 1 + saltSize
	headerSize    = len(magic) + 2 + 16 + 1 + wrappedSize + sha256.Size // without slots
)

// A SlotKind says what opens a slot.
type SlotKind byte

// The kinds of slots, at most one of each in a vault.
const (
	SlotPassword SlotKind = 1
	SlotRecovery SlotKind = 2
	SlotKeyFile  SlotKind = 3
)

// A Slot is one way to open the vault.
type Slot struct {
	Kind   SlotKind
	Params Params // of a password
}

// A slot holds the master key, wrapped under one key.
type slot struct {
	kind    SlotKind
	params  Params
	salt    [saltSize]byte
	wrapped [wrappedSize]byte
}

// A header is the clear, authenticated beginning of everything: how to get
// from a password to the keys.
type header struct {
	vault vaultID
	slots []slot
	krk   [wrappedSize]byte // the keyring's key, wrapped under the master key
	mac   [sha256.Size]byte
}

var errHeader = core.E(core.Damaged, "read header", errors.New("not a header of this format"))

// appendHead appends the clear part of a slot, which its seal binds.
func (s slot) appendHead(dst []byte) []byte {
	dst = append(dst, byte(s.kind))
	dst = binary.BigEndian.AppendUint32(dst, s.params.Time)
	dst = binary.BigEndian.AppendUint32(dst, s.params.Memory)
	dst = append(dst, s.params.Threads)
	return append(dst, s.salt[:]...)
}

func readSlot(b []byte) (s slot) {
	s.kind = SlotKind(b[0])
	s.params.Time = binary.BigEndian.Uint32(b[1:])
	s.params.Memory = binary.BigEndian.Uint32(b[5:])
	s.params.Threads = b[9]
	copy(s.salt[:], b[10:])
	copy(s.wrapped[:], b[slotHeadSize:])
	return s
}

// encode returns the header's bytes with the MAC it holds.
func (h *header) encode() []byte { return append(h.body(), h.mac[:]...) }

// body returns what the MAC covers.
func (h *header) body() []byte {
	b := make([]byte, 0, headerSize+len(h.slots)*slotSize)
	b = append(b, magic...)
	b = binary.BigEndian.AppendUint16(b, formatVersion)
	b = append(b, h.vault[:]...)
	b = append(b, byte(len(h.slots)))
	for _, s := range h.slots {
		b = append(s.appendHead(b), s.wrapped[:]...)
	}
	return append(b, h.krk[:]...)
}

// decodeHeader reads a header without believing it: the MAC is checked once a
// slot has opened. It returns Damaged.
func decodeHeader(b []byte) (*header, error) {
	head, ok := bytes.CutPrefix(b, []byte(magic))
	if !ok || len(b) < headerSize {
		return nil, errHeader
	}
	if version := binary.BigEndian.Uint16(head); version != formatVersion {
		return nil, core.E(core.Damaged, "read header", fmt.Errorf("it is of version %d and this software reads %d: take a newer one, or the file was changed", version, formatVersion))
	}
	h := new(header)
	head = head[2:]
	copy(h.vault[:], head)
	n := int(head[16])
	head = head[17:]
	if n > maxSlots || len(b) != headerSize+n*slotSize {
		return nil, errHeader
	}
	for i := range n {
		h.slots = append(h.slots, readSlot(head[:slotSize]))
		if i > 0 && h.slots[i-1].kind >= h.slots[i].kind {
			return nil, errHeader
		}
		head = head[slotSize:]
	}
	copy(h.krk[:], head)
	copy(h.mac[:], head[wrappedSize:])
	return h, nil
}

func (h *header) sign(key []byte) { copy(h.mac[:], mac(key, h.body())) }

func (h *header) isSigned(key []byte) bool { return hmac.Equal(h.mac[:], mac(key, h.body())) }

// with returns a copy of h in which s replaces the slot of its kind.
func (h *header) with(s slot) *header {
	next := h.without(s.kind)
	next.slots = append(next.slots, s)
	slices.SortFunc(next.slots, func(a, b slot) int { return int(a.kind) - int(b.kind) })
	return next
}

// without returns a copy of h that has no slot of kind.
func (h *header) without(kind SlotKind) *header {
	next := *h
	next.slots = slices.DeleteFunc(slices.Clone(h.slots), func(s slot) bool { return s.kind == kind })
	return &next
}

// slot returns the slot of kind.
func (h *header) slot(kind SlotKind) (slot, bool) {
	for _, s := range h.slots {
		if s.kind == kind {
			return s, true
		}
	}
	return slot{}, false
}
