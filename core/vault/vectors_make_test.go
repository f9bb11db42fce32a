package vault_test

import (
	"bytes"
	"compress/gzip"
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/cryptotest"
	"time"

	"github.com/domicile-home/domicile/core"
	"github.com/domicile-home/domicile/core/vault"
	"github.com/domicile-home/domicile/core/vault/formattest"
	"github.com/domicile-home/domicile/sdk/record"
)

// Do not write the vaults again to make a test pass: vaults of version 1 are
// read for ever. docs/format.md says what each is for.
var rewrite = flag.Bool("update", false, "write the vectors")

const vectors = "testdata/vectors"

// vectorClock tells a time that a vector's commits are made at.
func vectorClock() time.Time { return time.Date(2026, 3, 15, 8, 30, 0, 123456789, time.UTC) }

// TestVectors_update writes the vault vectors when asked to. The randomness is
// fixed, so that keys and ids stay; where bbolt puts its pages does not.
func TestVectors_update(t *testing.T) {
	if !*rewrite {
		return
	}
	for i, name := range []string{"new", "household"} {
		cryptotest.SetGlobalRandom(t, uint64(i))
		path, o := filepath.Join(t.TempDir(), "vault.db"), cheap
		o.Clock = vectorClock
		vector := formattest.Vector{Password: "correct horse battery staple"}
		v, recovery, err := vault.Create(path, core.Secret(vector.Password), o)
		if err != nil {
			t.Fatal(err)
		}
		vector.Recovery = string(recovery)
		if name == "household" {
			fillVector(t, v, &vector)
			if err := v.Compact(t.Context()); err != nil {
				t.Fatal(err)
			}
		}
		if err := v.Close(); err != nil {
			t.Fatal(err)
		}
		content, err := formattest.Read(path, formattest.Password(vector.Password))
		if err != nil {
			t.Fatal(err)
		}
		vector.Content = *content
		writeVector(t, name, read(t, path), vector)
	}
}

func writeVector(t *testing.T, name string, file []byte, vector formattest.Vector) {
	t.Helper()
	var packed bytes.Buffer
	w, err := gzip.NewWriterLevel(&packed, gzip.BestCompression)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := w.Write(file); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	text, err := json.MarshalIndent(vector, "", " ")
	if err != nil {
		t.Fatal(err)
	}
	if err := os.MkdirAll(vectors, 0o755); err != nil {
		t.Fatal(err)
	}
	write(t, filepath.Join(vectors, name+".db.gz"), packed.Bytes())
	write(t, filepath.Join(vectors, name+".json"), append(text, '\n'))
}

// fillVector puts one of everything into a vault.
func fillVector(t *testing.T, v *vault.Vault, vector *formattest.Vector) {
	vector.Retired = []string{vector.Password}
	vector.Password = "mot de passe à gravir: 日本語"
	if err := v.SetPassword(t.Context(), core.Secret(vector.Password)); err != nil {
		t.Fatal(err)
	}
	file, err := v.AddKeyFile(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	vector.KeyFile = file
	inSpace(t, v, core.Own, func(s *vault.Space) error {
		for i := range 150 { // branch pages and, under the source's own, prefixes
			if err := s.Put('s', fmt.Appendf(nil, "setting/of/a/long/name/%03d", i), fmt.Appendf(nil, "value %d", i*i)); err != nil {
				return err
			}
		}
		return s.Put('L', []byte("outside"), bytes.Repeat([]byte("a value that stands outside its page. "), 100))
	})
	telco, bank, dropped := newSource(t, v), newSource(t, v), newSource(t, v)
	invoice := putFile(t, v, telco, noise(1, 65536+1000))
	empty := putFile(t, v, telco, nil)
	twin := putFile(t, v, bank, nil)
	inSpace(t, v, telco, func(s *vault.Space) error { return fillTelco(s, invoice, empty) })
	inSpace(t, v, bank, func(s *vault.Space) error {
		r := bill(1)
		r.Type, r.Files = "transaction", []core.FileRef{{File: twin, Name: "nothing"}}
		_, _, err := s.PutRecord(r)
		return err
	})
	inSpace(t, v, dropped, func(s *vault.Space) error {
		if _, _, err := s.PutRecord(bill(5)); err != nil {
			return err
		}
		return s.Put('s', []byte("secret"), noise(2, 3000))
	})
	update(t, v, func(tx *vault.Tx) error { return tx.DropSpace(dropped) })
}

// fillTelco makes records of every kind, with each kind of time, revisions that
// grow, shrink and go back, a tombstone, a forgotten record and an undone run.
func fillTelco(s *vault.Space, invoice, empty core.FileID) error {
	paris := time.FixedZone("Europe/Paris", 3600)
	var minute record.Time
	if err := minute.UnmarshalText([]byte("2026-03-15T23:59-11:00")); err != nil {
		return err
	}
	year, err := record.ParseTime("2024")
	if err != nil {
		return err
	}
	for i, when := range []record.Time{
		{}, year, record.MonthOf(2025, 7), record.Date(2026, 2, 28), minute,
		record.Instant(time.Date(2026, 3, 15, 9, 30, 5, 250e6, paris)), record.Instant(time.Date(1, 1, 1, 0, 0, 0, 0, time.UTC)),
	} {
		r := bill(i)
		r.Time = when
		r.Provenance.Evidence = []string{"", strings.Repeat("5e", 32), "a text"}[i%3]
		if _, _, err := s.PutRecord(r); err != nil {
			return err
		}
	}
	contract := core.Record{Type: "contract", ID: "à la carte", Title: "Contract", Data: json.RawMessage(`{"name":"4G"}`), Files: []core.FileRef{
		{File: invoice, Name: "march.pdf", MediaType: "application/pdf", Size: 66536}, {File: empty, Name: "empty"},
	}, Links: []record.Link{{Rel: "bill", Type: "bill", ID: bill(2).ID}}}
	for i, text := range []string{`{"name":"4G","old":[1,2,3]}`, `{"name":"4G","old":[1,2,3,4]}`, `{"name":"5G"}`, `{"name":"5G","long":"` + strings.Repeat("words ", 500) + `"}`} {
		contract.Data, contract.Provenance = json.RawMessage(text), core.Provenance{Run: core.RunID(i + 1), Connector: "telco", Version: fmt.Sprint("1.", i), At: vectorClock()}
		if _, _, err := s.PutRecord(contract); err != nil {
			return err
		}
	}
	return changeTelco(s)
}

func changeTelco(s *vault.Space) error {
	by := core.Provenance{Run: 9, Connector: "person"}
	if _, _, err := s.DeleteRecord(2, by); err != nil {
		return err
	}
	if _, err := s.ForgetRecord(3, by); err != nil {
		return err
	}
	undone := bill(20)
	undone.Provenance.Run = 7
	r, _, err := s.PutRecord(undone)
	if err != nil {
		return err
	}
	for _, seq := range []core.Seq{r.Ref.Seq, 8} { // the second's latest revision is of run 4
		run := core.RunID(7)
		if seq == 8 {
			run = 4
		}
		if _, err := s.RevertRecord(seq, run); err != nil {
			return err
		}
	}
	for _, seq := range []core.Seq{1, 4} {
		if err := s.AddComposite([]byte("2026-02-28|12.50|EUR"), seq); err != nil {
			return err
		}
	}
	return s.Put('L', []byte("run/1"), []byte("a line of the log"))
}
