package main

import (
	"crypto/ed25519"
	"crypto/rand"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"fmt"
	"io/fs"
	"os"

	"github.com/domicile-home/domicile/core"
	"github.com/domicile-home/domicile/core/signed"
	"github.com/domicile-home/domicile/sdk/record"
)

// signFlags are how a pack or an app is signed.
type signFlags struct {
	Key       string `help:"The signing key, in PEM; made when it is not there." required:"" placeholder:"FILE"`
	Publisher string `help:"Who publishes it, for people." required:""`
	Licence   string `help:"SPDX expression." required:""`
	Date      string `help:"What day, month or year it is good as of: 2026-11." required:""`
	Out       string `help:"The file to write." required:"" placeholder:"FILE"`
}

// sign writes a signed file.
func (f signFlags) sign(s *session, format, id, version string, content []byte) error {
	date, err := record.ParseTime(f.Date)
	if err != nil {
		return core.E(core.Invalid, "sign", err)
	}
	key, err := signingKey(s, f.Key)
	if err != nil {
		return err
	}
	file, err := signed.Seal(signed.Header{Format: format, ID: id, Version: version, Date: date, Publisher: f.Publisher, Licence: f.Licence}, content, key)
	if err != nil {
		return err
	}
	if err := os.WriteFile(f.Out, file, 0o644); err != nil {
		return core.E(core.Invalid, "sign", err)
	}
	_, err = fmt.Fprintf(s.out, "%s: %s %s, %d bytes, signed by %x\n", plain(f.Out), id, version, len(file), key.Public())
	return err
}

// signingKey reads a key, or makes one.
func signingKey(s *session, path string) (ed25519.PrivateKey, error) {
	text, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		return newSigningKey(s, path)
	}
	if err != nil {
		return nil, core.E(core.Invalid, "read key", err)
	}
	block, _ := pem.Decode(text)
	if block == nil {
		return nil, core.E(core.Invalid, "read key", errors.New("not PEM"))
	}
	parsed, err := x509.ParsePKCS8PrivateKey(block.Bytes)
	if err != nil {
		return nil, core.E(core.Invalid, "read key", err)
	}
	key, ok := parsed.(ed25519.PrivateKey)
	if !ok {
		return nil, core.E(core.Invalid, "read key", errors.New("not an Ed25519 key"))
	}
	return key, nil
}

func newSigningKey(s *session, path string) (ed25519.PrivateKey, error) {
	_, key, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		return nil, err
	}
	der, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		return nil, err
	}
	if err := os.WriteFile(path, pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: der}), 0o600); err != nil {
		return nil, core.E(core.Invalid, "make key", err)
	}
	_, err = fmt.Fprintf(s.err, "%s is a new signing key. Who has it can replace what you publish: keep it.\n", plain(path))
	return key, err
}
