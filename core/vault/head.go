package vault

import (
	"context"
	"crypto/hmac"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/domicile-home/domicile/core"
)

const (
	headTag = 8 // bytes of the hash of the sealed root
	headMAC = 16
)

// A Head names one state of the vault: the number of its last commit, a tag of
// that commit, and proof that this vault made it. Its text form,
// "42-0123456789abcdef-…", can be kept anywhere: on a phone, in a browser.
type Head string

// Head returns the present head. It returns Locked and Damaged.
func (v *Vault) Head(ctx context.Context) (head Head, err error) {
	err = v.View(ctx, func(t *Tx) error {
		head = t.s.makeHead(t.base.root.seq, t.base.tag)
		return nil
	})
	return head, err
}

func (s *session) makeHead(seq uint64, tag []byte) Head {
	proof := mac(s.head, s.vault[:], binary.BigEndian.AppendUint64(nil, seq), tag)
	return Head(fmt.Sprintf("%d-%x-%x", seq, tag, proof[:headMAC]))
}

// CheckHead compares the vault with a head that was kept elsewhere. It returns
// Damaged when the file is older than the head or of another history, Invalid
// when the head is not of this vault, and Locked.
func (v *Vault) CheckHead(ctx context.Context, old Head) error {
	return v.View(ctx, func(t *Tx) error {
		parts := strings.Split(string(old), "-")
		if len(parts) != 3 {
			return core.E(core.Invalid, "check head", errors.New("not a head"))
		}
		seq, err := strconv.ParseUint(parts[0], 10, 64)
		tag, err2 := hex.DecodeString(parts[1])
		if err := errors.Join(err, err2); err != nil {
			return core.E(core.Invalid, "check head", err)
		}
		if !hmac.Equal([]byte(t.s.makeHead(seq, tag)), []byte(old)) {
			return core.E(core.Invalid, "check head", errors.New("not a head of this vault"))
		}
		now := t.base.root.seq
		if seq > now || seq == now && string(tag) != string(t.base.tag) {
			return core.E(core.Damaged, "check head", fmt.Errorf("the vault stands at commit %d, and was seen at %d", now, seq))
		}
		return nil
	})
}

// LastCommit returns when the last commit was made, by the clock of that time.
func (t *Tx) LastCommit() time.Time { return t.base.root.at }
