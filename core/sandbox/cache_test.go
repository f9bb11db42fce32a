package sandbox_test

import (
	"bytes"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"os"
	"path/filepath"
	"testing"
	"time"

	"golang.org/x/crypto/chacha20poly1305"

	"github.com/domicile-home/domicile/core"
	"github.com/domicile-home/domicile/core/sandbox"
	"github.com/domicile-home/domicile/core/sandbox/sandboxtest"
	"github.com/domicile-home/domicile/sdk/protocol"
)

// sealer seals as a vault does, with a key of its own.
type sealer struct {
	key    [32]byte
	locked bool
}

func (s *sealer) Seal(name string, plain []byte) []byte {
	aead, _ := chacha20poly1305.NewX(s.key[:])
	nonce := make([]byte, aead.NonceSize())
	rand.Read(nonce)
	return aead.Seal(nonce, nonce, plain, []byte(name))
}

func (s *sealer) Open(dst []byte, name string, sealed []byte) ([]byte, error) {
	aead, _ := chacha20poly1305.NewX(s.key[:])
	if s.locked {
		return nil, core.E(core.Locked, "open", nil)
	}
	if len(sealed) < aead.NonceSize() {
		return nil, errors.New("short")
	}
	return aead.Open(dst, sealed[:aead.NonceSize()], sealed[aead.NonceSize():], []byte(name))
}

func (s *sealer) Name(clear string) string {
	mac := hmac.New(sha256.New, s.key[:])
	mac.Write([]byte(clear))
	return hex.EncodeToString(mac.Sum(nil))
}

func files(t *testing.T, dir string) []string {
	t.Helper()
	names, err := filepath.Glob(filepath.Join(dir, "*"))
	if err != nil {
		t.Fatal(err)
	}
	return names
}

// hasty returns a Box that has no time to compile anything.
func hasty(t *testing.T) *sandbox.Box {
	t.Helper()
	b, err := sandbox.New(sandbox.Config{Worker: sandboxtest.Worker(t), Compile: time.Nanosecond})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { b.Close() })
	return b
}

func TestCache(t *testing.T) {
	t.Parallel()
	dir, key := filepath.Join(t.TempDir(), "code"), &sealer{key: [32]byte{1}}
	cache := sandbox.NewCache(dir, key)
	b := sandboxtest.Box(t)
	one, other := endlessLoop(), module{bodies: [][]byte{{}}}.bytes()
	for _, wasm := range [][]byte{one, other} {
		if _, err := b.Prepare(t.Context(), sandbox.ModuleOf(wasm), cache); err != nil {
			t.Fatal(err)
		}
	}
	stored := files(t, dir)
	if len(stored) != 2 {
		t.Fatalf("stored %q", stored)
	}
	keep := map[string][]byte{}
	for _, name := range stored {
		keep[name], _ = os.ReadFile(name)
	}
	restore := func() {
		for name, content := range keep {
			if err := os.WriteFile(name, content, 0o600); err != nil {
				t.Fatal(err)
			}
		}
	}

	t.Run("tells nothing at rest", func(t *testing.T) {
		hash := sha256.Sum256(one)
		for name, content := range keep {
			for _, word := range []string{"WAZEVO", "v1.", string(hash[:]), hex.EncodeToString(hash[:])} {
				if bytes.Contains(content, []byte(word)) || bytes.Contains([]byte(name), []byte(word)) {
					t.Errorf("%q stands in %s", word, name)
				}
			}
			if info, err := os.Stat(name); err != nil || info.Mode().Perm() != 0o600 {
				t.Errorf("got %v, %v", info.Mode(), err)
			}
		}
	})
	t.Run("spares compiling", func(t *testing.T) {
		if _, err := hasty(t).Prepare(t.Context(), sandbox.ModuleOf(one), cache); err != nil {
			t.Error(err)
		}
	})
	t.Run("is another home's business", func(t *testing.T) {
		_, err := hasty(t).Prepare(t.Context(), sandbox.ModuleOf(one), sandbox.NewCache(dir, &sealer{key: [32]byte{2}}))
		wantCode(t, err, protocol.Limit)
	})
	t.Run("is of no use while locked", func(t *testing.T) {
		_, err := hasty(t).Prepare(t.Context(), sandbox.ModuleOf(one), sandbox.NewCache(dir, &sealer{key: key.key, locked: true}))
		wantCode(t, err, core.Locked)
	})
	for name, harm := range map[string]func() error{
		"a flipped bit": func() error {
			for name, content := range keep {
				changed := bytes.Clone(content)
				changed[len(changed)/2] ^= 1
				if err := os.WriteFile(name, changed, 0o600); err != nil {
					return err
				}
			}
			return nil
		},
		"cut files": func() error {
			return errors.Join(os.Truncate(stored[0], 10), os.Truncate(stored[1], 0))
		},
		"one program's code under another's name": func() error {
			return errors.Join(os.WriteFile(stored[0], keep[stored[1]], 0o600), os.WriteFile(stored[1], keep[stored[0]], 0o600))
		},
	} {
		t.Run("does not take "+name, func(t *testing.T) {
			defer restore()
			if err := harm(); err != nil {
				t.Fatal(err)
			}
			_, err := hasty(t).Prepare(t.Context(), sandbox.ModuleOf(one), cache)
			wantCode(t, err, protocol.Limit) // it wanted to compile
			fresh := sandboxtest.Box(t)
			if _, err := fresh.Prepare(t.Context(), sandbox.ModuleOf(one), cache); err != nil {
				t.Fatal(err)
			}
			if _, err := hasty(t).Prepare(t.Context(), sandbox.ModuleOf(one), cache); err != nil {
				t.Errorf("not stored again: %v", err)
			}
		})
	}
	t.Run("code for another processor is compiled again", func(t *testing.T) {
		defer restore()
		target := sandbox.TargetOf(b)
		hash := sha256.Sum256(other)
		clear := hex.EncodeToString(hash[:]) + " " + target
		path := filepath.Join(dir, key.Name(clear))
		plain, err := key.Open(nil, clear, keep[path])
		if err != nil {
			t.Fatal(err)
		}
		plain[8] ^= 1 // the first byte of wazero's key
		if err := os.WriteFile(path, key.Seal(clear, plain), 0o600); err != nil {
			t.Fatal(err)
		}
		fresh := sandboxtest.Box(t)
		p, err := fresh.Prepare(t.Context(), sandbox.ModuleOf(other), cache)
		if err != nil {
			t.Fatal(err)
		}
		if out, err := fresh.Run(t.Context(), p, sandbox.Options{}, do("", 0)); err != nil || out.Exit != 0 {
			t.Fatalf("got %+v, %v", out, err)
		}
	})
}
