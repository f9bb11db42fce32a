package vault

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/domicile-home/domicile/core"
	"github.com/domicile-home/domicile/sdk/record"
)

// The decoders see only what opened under a key, but for the header and the
// file's own head. They are fuzzed all the same: no bytes may crash a home, and
// what decodes must encode to the same bytes.

func FuzzHeader(f *testing.F) {
	h := &header{vault: vaultID{1}, slots: []slot{{kind: SlotPassword, params: DefaultParams()}, {kind: SlotRecovery}}}
	f.Add(h.encode())
	f.Add([]byte(magic))
	f.Fuzz(func(t *testing.T, b []byte) {
		if h, err := decodeHeader(b); err == nil && !bytes.Equal(h.encode(), b) {
			t.Error("encodes to something else")
		}
		_, _ = decodeHeaderPrefix(b)
	})
}

func FuzzRoot(f *testing.F) {
	r := &root{seq: 7, at: time.Unix(1, 2), next: 9, change: 3, spaces: []spaceRoot{{page: ref{1, 2}}, {id: core.SourceID{5}}}}
	f.Add(r.encode())
	f.Add((&root{spaces: []spaceRoot{{}}}).encode()[:rootHead])
	f.Fuzz(func(t *testing.T, b []byte) {
		r, err := decodeRoot(b)
		if err != nil {
			return
		}
		if again := r.encode(); !bytes.Equal(again[:min(len(b), rootHead)], b[:min(len(b), rootHead)]) {
			t.Error("encodes to something else")
		}
	})
}

func FuzzKeyring(f *testing.F) {
	key := make([]byte, keySize)
	f.Add(keyring{core.Own: {ringCore, 1, key}, cacheRing: {ringCache, 2, key}, core.SourceID{3}: {ringSource, 3, key}}.encode())
	f.Add([]byte{formatByte, 0xff, 0xff, 0xff, 0xff})
	f.Fuzz(func(t *testing.T, b []byte) {
		ring, err := decodeKeyring(b)
		if err != nil {
			return
		}
		if again, err := decodeKeyring(ring.encode()); err != nil || len(again) != len(ring) {
			t.Errorf("does not come back: %v", err)
		}
	})
}

func FuzzPage(f *testing.F) {
	p := newPage(pageLeaf, []byte("pre"))
	for i := range 20 {
		p.insert(i, item{key: fmt.Appendf(nil, "pre%02d", i), value: bytes.Repeat([]byte{byte(i)}, 10*i)})
	}
	p.remove(3)
	f.Add([]byte(p), []byte("pre07"))
	f.Add([]byte(build(pageBranch, nil, []item{{value: ref{1, 2}.append(nil)}, {key: []byte("m"), value: ref{3, 4}.append(nil)}})), []byte("n"))
	f.Fuzz(func(t *testing.T, b, key []byte) {
		p := page(b)
		if len(b) > pageSize {
			p = p[:pageSize]
		}
		p = append(p, make(page, pageSize-len(p))...)
		if p.check() != nil {
			return
		}
		p.search(key)
		for i, it := range p.items() {
			_ = p.suffix(i)
			if !p.isLeaf() {
				_ = p.child(i)
			}
			_ = it.size(p.get(atPrefix))
		}
		_ = p.used()
	})
}

// FuzzPageEdits drives a page by bytes and compares it with a map.
func FuzzPageEdits(f *testing.F) {
	f.Add([]byte("aAbBcCdDeEfF-a-b"))
	f.Add(bytes.Repeat([]byte{0, 255, 3, 9, 200}, 100))
	f.Fuzz(func(t *testing.T, script []byte) {
		p, want := newPage(pageLeaf, []byte("k")), make(map[string]string)
		for ; len(script) >= 2; script = script[2:] {
			key, size := "k"+string(script[:1]), int(script[1])*3
			i, found := p.search([]byte(key))
			if _, ok := want[key]; ok != found {
				t.Fatalf("%q: found %v", key, found)
			}
			if found {
				p.remove(i)
				delete(want, key)
			}
			if size%2 == 0 {
				continue
			}
			value := strings.Repeat("v", size)
			if p.insert(i, item{key: []byte(key), value: []byte(value)}) {
				want[key] = value
			}
		}
		if err := p.check(); err != nil {
			t.Fatal(err)
		}
		for _, it := range p.items() {
			if want[string(it.key)] != string(it.value) {
				t.Fatalf("%q is wrong", it.key)
			}
			delete(want, string(it.key))
		}
		if len(want) > 0 {
			t.Fatalf("%d keys are lost", len(want))
		}
	})
}

func FuzzRow(f *testing.F) {
	r := core.Record{
		Type: "bill", ID: "1", Time: record.Date(2026, 3, 15), Title: "March", Data: json.RawMessage(`{"a":1}`), Revision: 2, Change: 9,
		Files: []core.FileRef{{File: 1, Name: "a", MediaType: "b", Size: 3}}, Links: []record.Link{{Rel: "contract", Type: "contract", ID: "2"}},
		Provenance: core.Provenance{Run: 4, At: time.Unix(5, 6), Evidence: strings.Repeat("ab", 32)},
	}
	f.Add(appendContent(appendHead(nil, &r, 3), &r))
	r.Provenance.Evidence, r.Deleted, r.Files, r.Links = "text", true, nil, nil
	f.Add(appendContent(appendHead(nil, &r, 3), &r))
	r.Deleted, r.Tags, r.Corrected = false, []string{"house"}, []core.Correction{{Field: "title", Own: json.RawMessage(`"May"`), Source: json.RawMessage(`"March"`)}}
	f.Add(appendContent(appendHead(nil, &r, 3), &r))
	f.Fuzz(func(t *testing.T, b []byte) {
		r, origin, err := decodeRow(b, 1)
		if err != nil {
			return
		}
		again, origin2, err := decodeRow(appendContent(appendHead(nil, &r, origin), &r), 1)
		if err != nil || origin != origin2 || fmt.Sprint(again) != fmt.Sprint(r) {
			t.Errorf("does not come back: %v\n%v\n%v", err, r, again)
		}
		if split, err := splitRow(b); err != nil {
			t.Error(err)
		} else if _, err := split.presence(); err != nil {
			t.Error(err)
		}
	})
}

func FuzzRevision(f *testing.F) {
	f.Add([]byte(`{"values":[1,2,3]}`), []byte(`{"values":[1,2,3,4]}`))
	f.Add([]byte("aaaa"), []byte("aa"))
	f.Add([]byte(""), []byte("x"))
	f.Fuzz(func(t *testing.T, old, next []byte) {
		got, err := applyDelta(string(appendDelta(nil, old, next)), next)
		if err != nil || !bytes.Equal(got, old) {
			t.Errorf("%q after %q: got %q, %v", old, next, got, err)
		}
		_, _ = applyDelta(string(old), next)
		_, _ = readRevision(old, next)
	})
}

func FuzzJournalEntry(f *testing.F) {
	f.Add(appendOrdered(nil, 300), appendOrdered([]byte{byte(OpPut)}, 7))
	f.Add(appendOrdered(nil, 1), append([]byte{byte(OpDropped)}, make([]byte, 8)...))
	f.Fuzz(func(t *testing.T, key, value []byte) {
		e, err := readChange(core.Own, key, value)
		if err == nil && !bytes.Equal(appendOrdered(nil, uint64(e.Change)), key) {
			t.Error("the number has two forms")
		}
	})
}

func FuzzFileRecord(f *testing.F) {
	file := fileRecord{size: 70_000, uses: 2, added: 5, name: "a.pdf", mediaType: "application/pdf", extents: []extent{{7, 2}}}
	f.Add(file.encode())
	f.Add(append([]byte("12345678"), appendExtents(nil, file.extents)...))
	f.Fuzz(func(t *testing.T, b []byte) {
		if r, err := decodeFile(b); err == nil {
			if again, err := decodeFile(r.encode()); err != nil || again.size != r.size {
				t.Errorf("does not come back: %v", err)
			}
			_ = chunkID(r.extents, r.size/chunkSize)
		}
		_, _ = decodeStaged(b)
		_, _ = decodeLeftovers(b)
		_, _ = readOrigin(b)
		_ = (&counters{types: make(map[record.Type]Count)}).read(countState, b, core.Own)
	})
}

func FuzzOrdered(f *testing.F) {
	f.Add(uint64(0), uint64(255), []byte{2, 1})
	f.Add(uint64(256), uint64(1)<<63, []byte{9})
	f.Fuzz(func(t *testing.T, a, b uint64, foreign []byte) {
		x, y := appendOrdered(nil, a), appendOrdered(nil, b)
		if (a < b) != (bytes.Compare(x, y) < 0) {
			t.Errorf("%d and %d sort as %x and %x", a, b, x, y)
		}
		if n, rest, ok := readOrdered(append(x, 9)); !ok || n != a || len(rest) != 1 {
			t.Errorf("%d comes back as %d", a, n)
		}
		if n, rest, ok := readOrdered(foreign); ok && !bytes.Equal(append(appendOrdered(nil, n), rest...), foreign) {
			t.Error("a number has two forms")
		}
	})
}

func FuzzRecoveryText(f *testing.F) {
	f.Add(string(formatRecovery(make([]byte, recoverySize))))
	f.Add("0000-1111 8888")
	f.Fuzz(func(t *testing.T, text string) {
		key, err := readRecovery(core.Secret(text))
		if err != nil {
			return
		}
		if again, err := readRecovery(formatRecovery(key)); err != nil || !bytes.Equal(again, key) {
			t.Errorf("does not come back: %v", err)
		}
	})
}

func FuzzFileHead(f *testing.F) {
	f.Add(make([]byte, 3*filePage))
	f.Fuzz(func(t *testing.T, b []byte) {
		r := bytes.NewReader(b)
		m, err := lastMeta(r, true)
		if err != nil {
			m = boltMeta{root: 3, freelist: 2, high: uint64(len(b)) / filePage}
		}
		_ = checkFreelist(r, m)
		_ = checkBranches(r, m)
		checkStructure(r, m, []uint64{m.root}, func(error) {})
	})
}

func FuzzSwaps(f *testing.F) {
	f.Add("Filename\tType\tSize\n/dev/zram0 partition 1\n/swapfile file 2\n")
	f.Fuzz(func(t *testing.T, text string) {
		devices, _ := readSwaps(strings.NewReader(text))
		for _, d := range devices {
			if strings.HasPrefix(d, "/dev/zram") || d == "" {
				t.Errorf("device %q", d)
			}
		}
	})
}

func FuzzCursor(f *testing.F) {
	f.Add(string(CursorOf(core.Record{Ref: core.Ref{Seq: 7}, Time: record.Date(2026, 3, 15)})))
	f.Add("00")
	f.Fuzz(func(t *testing.T, text string) { _, _, _ = Cursor(text).read() })
}
