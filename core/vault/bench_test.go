package vault_test

import (
	"encoding/binary"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	bolt "go.etcd.io/bbolt"

	"github.com/domicile-home/domicile/core"
	"github.com/domicile-home/domicile/core/vault"
	"github.com/domicile-home/domicile/sdk/record"
)

// Each benchmark here does the same work twice in turns, in the vault and in a
// plain bbolt file that keeps the same JSON with three secondary indexes, and
// reports the ratio: on a noisy machine only that means something.

var benchTypes = []record.Type{"bill", "bank-account", "transaction", "balance", "contract", "call", "series", "document"}

// benchRecord is a record of about 600 bytes of JSON with a random date within
// eleven years and a random id.
func benchRecord(rng *rand.Rand, n int) core.Record {
	words := make([]string, 50)
	for i := range words {
		words[i] = fmt.Sprintf("word%05d", rng.IntN(60000))
	}
	text := strings.Join(words, " ")[:400]
	day := time.Date(2015, 1, 1, 0, 0, 0, 0, time.UTC).AddDate(0, 0, rng.IntN(11*365))
	return core.Record{
		Type: benchTypes[rng.IntN(len(benchTypes))], ID: fmt.Sprintf("%016x", rng.Uint64()), Title: fmt.Sprintf("Record %d", n),
		Time:       record.Date(day.Year(), day.Month(), day.Day()),
		Data:       json.RawMessage(fmt.Sprintf(`{"vendor":"Telco","number":"%d","amount":"%d.50","currency":"EUR","label":%q}`, n, rng.IntN(500), text)),
		Provenance: core.Provenance{Run: core.RunID(1 + n/1000), Connector: "telco", Version: "1.0.0", Module: strings.Repeat("ab", 32), At: time.Unix(1700000000, 0)},
	}
}

// plain is what the vault is measured against.
type plain struct{ db *bolt.DB }

func newPlain(b testing.TB) *plain {
	db, err := bolt.Open(filepath.Join(b.TempDir(), "plain.db"), 0o600, &bolt.Options{FreelistType: bolt.FreelistMapType, PageSize: 4096})
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { _ = db.Close() })
	p := &plain{db}
	p.update(b, func(tx *bolt.Tx) error {
		for _, name := range []string{"record", "id", "date", "type"} {
			if _, err := tx.CreateBucket([]byte(name)); err != nil {
				return err
			}
		}
		return nil
	})
	return p
}

func (p *plain) update(b testing.TB, f func(*bolt.Tx) error) {
	if err := p.db.Update(f); err != nil {
		b.Fatal(err)
	}
}

type plainRecord struct {
	seq  uint64
	r    core.Record
	json []byte
}

func (p *plain) put(b testing.TB, batch []plainRecord) {
	p.update(b, func(tx *bolt.Tx) error {
		records, ids, dates, types := tx.Bucket([]byte("record")), tx.Bucket([]byte("id")), tx.Bucket([]byte("date")), tx.Bucket([]byte("type"))
		for _, r := range batch {
			key := binary.BigEndian.AppendUint64(nil, r.seq)
			id := []byte(string(r.r.Type) + "\x00" + r.r.ID)
			if ids.Get(id) != nil {
				return fmt.Errorf("%s is there", id)
			}
			date := append([]byte(r.r.Time.String()), key...)
			for _, err := range []error{records.Put(key, r.json), ids.Put(id, key), dates.Put(date, nil), types.Put(append([]byte(string(r.r.Type)+"\x00"), date...), nil)} {
				if err != nil {
					return err
				}
			}
		}
		return nil
	})
}

func putSealed(b testing.TB, v *vault.Vault, source core.SourceID, batch []plainRecord) {
	update(b, v, func(tx *vault.Tx) error {
		s, err := tx.Space(source)
		if err != nil {
			return err
		}
		for _, r := range batch {
			if _, outcome, err := s.PutRecord(r.r); err != nil || outcome != vault.Added {
				return fmt.Errorf("put: %v, %w", outcome, err)
			}
		}
		return nil
	})
}

func makeBatch(rng *rand.Rand, from, n int) []plainRecord {
	batch := make([]plainRecord, n)
	for i := range batch {
		r := benchRecord(rng, from+i)
		r.Ref.Seq = core.Seq(from + i + 1)
		text, err := json.Marshal(r)
		if err != nil {
			panic(err)
		}
		batch[i] = plainRecord{uint64(from + i + 1), r, text}
	}
	return batch
}

// BenchmarkLoad puts records in batches of 1,000, 100,000 with -benchtime 100x.
func BenchmarkLoad(b *testing.B) {
	v, path := create(b)
	source := newSource(b, v)
	p := newPlain(b)
	rng := rand.New(rand.NewPCG(1, 2))
	var sealedTime, plainTime time.Duration
	n := 0
	for b.Loop() {
		batch := makeBatch(rng, n, 1000)
		n += len(batch)
		start := time.Now()
		putSealed(b, v, source, batch)
		middle := time.Now()
		p.put(b, batch)
		sealedTime += middle.Sub(start)
		plainTime += time.Since(middle)
	}
	b.ReportMetric(0, "ns/op")
	b.ReportMetric(float64(n)/sealedTime.Seconds(), "sealed/s")
	b.ReportMetric(float64(n)/plainTime.Seconds(), "plain/s")
	b.ReportMetric(plainTime.Seconds()/sealedTime.Seconds(), "speed-ratio")
	b.ReportMetric(fileMB(b, path), "sealed-MB")
	b.ReportMetric(fileMB(b, p.db.Path()), "plain-MB")
}

func fileMB(b testing.TB, path string) float64 {
	info, err := os.Stat(path)
	if err != nil {
		b.Fatal(err)
	}
	return float64(info.Size()) / 1e6
}
