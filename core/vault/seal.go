package vault

import (
	"crypto/cipher"
	"crypto/rand"
	"encoding/binary"
	"errors"

	"golang.org/x/crypto/chacha20poly1305"

	"github.com/domicile-home/domicile/core"
)

// A sealed form is format | nonce | ciphertext | tag. See docs/format.md.
const (
	formatByte = 0x01
	nonceSize  = chacha20poly1305.NonceSizeX
	overhead   = 1 + nonceSize + chacha20poly1305.Overhead
	keySize    = chacha20poly1305.KeySize
)

// A sealKind is the second byte of the associated data: what is sealed.
type sealKind byte

const (
	sealPage    sealKind = 'p'
	sealValue   sealKind = 'v'
	sealChunk   sealKind = 'c'
	sealSlot    sealKind = 's'
	sealWrap    sealKind = 'w' // the wrapped keyring key
	sealKeyring sealKind = 'k'
	sealRoot    sealKind = 'r'
	sealCache   sealKind = 'x'
)

var errSeal = errors.New("seal does not open")

// A vaultID is drawn at creation and bound to everything sealed in the vault.
type vaultID [16]byte

func newAEAD(key []byte) cipher.AEAD {
	aead, err := chacha20poly1305.NewX(key)
	if err != nil {
		panic(err) // our keys are 32 bytes
	}
	return aead
}

// seal appends plain's sealed form to dst under a fresh random nonce.
func seal(dst []byte, aead cipher.AEAD, plain, aad []byte) []byte {
	at := len(dst)
	dst = append(dst, formatByte)
	dst = append(dst, make([]byte, nonceSize)...)
	nonce := dst[at+1:]
	rand.Read(nonce)
	return aead.Seal(dst, nonce, plain, aad)
}

// unseal appends to dst what sealed holds. It returns errSeal for anything that
// was not sealed under this key and associated data.
func unseal(dst []byte, aead cipher.AEAD, sealed, aad []byte) ([]byte, error) {
	if len(sealed) < overhead || sealed[0] != formatByte {
		return nil, errSeal
	}
	plain, err := aead.Open(dst, sealed[1:1+nonceSize], sealed[1+nonceSize:], aad)
	if err != nil {
		return nil, errSeal
	}
	return plain, nil
}

// aad returns the associated data of one of the vault's own pieces: the slots,
// the wrapped key, the keyring and the root.
func (id vaultID) aad(kind sealKind, more ...byte) []byte {
	b := append(make([]byte, 0, 64), formatByte, byte(kind))
	b = append(b, id[:]...)
	return append(b, more...)
}

// A place is where a page or value stands: its kind, space, id and generation.
// The generation is drawn at each sealing and kept only in the parent.
type place struct {
	kind  sealKind
	space core.SourceID
	ref   ref
}

const placeSize = 2 + 16 + 8 + 8 + 8

func (p place) aad(dst []byte, id vaultID) []byte {
	dst = append(dst, formatByte, byte(p.kind))
	dst = append(dst, id[:]...)
	dst = append(dst, p.space[:]...)
	dst = binary.BigEndian.AppendUint64(dst, p.ref.id)
	return binary.BigEndian.AppendUint64(dst, p.ref.gen)
}

// A ref points to a page or value. The zero ref points to nothing.
type ref struct{ id, gen uint64 }

const refSize = 16

func (r ref) append(dst []byte) []byte {
	dst = binary.BigEndian.AppendUint64(dst, r.id)
	return binary.BigEndian.AppendUint64(dst, r.gen)
}

func readRef(b []byte) ref {
	return ref{binary.BigEndian.Uint64(b), binary.BigEndian.Uint64(b[8:])}
}

// newGen draws a generation.
func newGen() uint64 {
	var b [8]byte
	rand.Read(b[:])
	return binary.BigEndian.Uint64(b[:])
}
