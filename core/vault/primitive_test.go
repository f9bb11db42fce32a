package vault

import (
	"bytes"
	"crypto/sha256"
	"encoding/binary"
	"encoding/json"
	"flag"
	"os"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/domicile-home/domicile/core"
	"github.com/domicile-home/domicile/core/vault/formattest"
	"github.com/domicile-home/domicile/sdk/record"
)

const primitivesFile = "testdata/vectors/primitives.json"

// TestVectors_of_primitives holds the code against the parts of the format, one
// by one. With -update it writes them; keys and nonces are made up and stay.
func TestVectors_of_primitives(t *testing.T) {
	t.Parallel()
	if flag.Lookup("update").Value.String() == "true" {
		text, err := json.MarshalIndent(makePrimitives(t), "", " ")
		if err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(primitivesFile, append(text, '\n'), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	text, err := os.ReadFile(primitivesFile)
	if err != nil {
		t.Fatal(err)
	}
	var stored formattest.Primitives
	if err := json.Unmarshal(text, &stored); err != nil {
		t.Fatal(err)
	}
	for _, s := range stored.Sealed {
		sealedOpens(t, s)
	}
	if diff := cmp.Diff(stored, *makePrimitives(t), cmpopts.EquateEmpty()); diff != "" {
		t.Errorf("the vectors say -, the code +\n%s", diff)
	}
}

func sealedOpens(t *testing.T, s formattest.Sealed) {
	t.Helper()
	plain, err := unseal(nil, newAEAD(s.Key), s.Sealed, s.AAD)
	if want := append(bytes.Clone(s.Plain), make([]byte, s.Padding)...); err != nil || !bytes.Equal(plain, want) {
		t.Errorf("%s: %v", s.Of, err)
	}
	for i := range 60 { // in the format, the nonce, the text, and the tag
		at := i * (len(s.Sealed) - 1) / 59
		s.Sealed[at] ^= 1
		if _, err := unseal(nil, newAEAD(s.Key), s.Sealed, s.AAD); err == nil {
			t.Errorf("%s opens with byte %d changed", s.Of, at)
		}
		s.Sealed[at] ^= 1
	}
}

// made returns n bytes that stand for random ones, the same ones for a name.
func made(name string, n int) []byte {
	sum := sha256.Sum256([]byte(name))
	return sum[:n:n]
}

func makePrimitives(t *testing.T) *formattest.Primitives {
	t.Helper()
	p := new(formattest.Primitives)
	secret, salt := made("secret", 32), made("salt", saltSize)
	for _, name := range []purpose{forHeader, forWrap, forRoot, forHead, forPage, forValue, forSameFile, forCache + "index", forName + "index", forSlot} {
		d := formattest.Derived{Secret: secret, Name: string(name), Key: make([]byte, keySize)}
		if name == forSlot {
			d.Salt = salt
		}
		derive(d.Key, d.Secret, d.Salt, name)
		p.Derived = append(p.Derived, d)
	}
	for _, cost := range []Params{{1, 8, 1}, {2, 64, 2}, DefaultParams()} {
		s := formattest.Stretched{Password: "mot de passe à gravir", Salt: salt, Time: cost.Time, Memory: cost.Memory, Threads: cost.Threads, Key: make([]byte, keySize)}
		if err := NewGate().argon(t.Context(), s.Key, core.Secret(s.Password), s.Salt, cost); err != nil {
			t.Fatal(err)
		}
		p.Passwords = append(p.Passwords, s)
	}
	p.Recoveries = append(p.Recoveries, recoveryVector(t, made("recovery key", recoverySize)), recoveryVector(t, make([]byte, recoverySize)))
	makeSealed(p)
	for _, n := range []uint64{0, 1, 256, 257, 288, 289, 511, 512, 513, 576, 577, 1000, 4096, 65535, 65536, 65537, 1 << 20, 32 << 20} {
		p.Classes = append(p.Classes, [2]uint64{n, uint64(sizeClass(int(n)))})
	}
	for _, n := range []uint64{0, 1, 255, 256, 65535, 65536, 1<<32 - 1, 1 << 56, 1<<64 - 1} {
		p.Ordered = append(p.Ordered, formattest.Ordered{Number: strconv.FormatUint(n, 10), Bytes: appendOrdered(nil, n)})
	}
	for _, text := range []string{
		"", "2026", "2026-03", "2026-03-15", "2026-03-15T00:00Z", "2026-03-15T09:30+01:00", "2026-03-15T09:30:05.25+01:00[Europe/Paris]",
		"2026-03-15T23:59:59.999999999-12:00", "2026-03-15T00:00:00+14:00", "0001-01-01T00:00:00Z", "9999-12-31T23:59:59Z",
	} {
		when, err := parseTime(text)
		if err != nil {
			t.Fatal(err)
		}
		m := momentOf(when)
		p.Moments = append(p.Moments, formattest.Moment{Time: text, Moment: m[:]})
	}
	makeRows(p)
	for _, c := range [][2]string{{"", ""}, {"same", "same"}, {"aa", "aaaa"}, {"aaaa", "aa"}, {`{"v":[1,2]}`, `{"v":[1,2,3]}`}, {"before", ""}, {"", "after"}} {
		p.Revisions = append(p.Revisions, formattest.Delta{Earlier: []byte(c[0]), Next: []byte(c[1]), Kept: appendDelta(nil, []byte(c[0]), []byte(c[1]))})
	}
	return p
}

func recoveryVector(t *testing.T, key []byte) formattest.RecoveryKey {
	t.Helper()
	text := string(formatRecovery(key))
	bare := strings.ReplaceAll(text, "-", "")
	r := formattest.RecoveryKey{
		Key: key, Text: text,
		Typed:   []string{bare, strings.ToLower(text), " " + strings.ReplaceAll(text, "-", "  ") + "\n", strings.NewReplacer("O", "0", "I", "1", "B", "8").Replace(text)},
		Refused: []string{"", bare[:54], bare + "A", "9" + bare[1:], bare[:1] + string('A'+(bare[1]-'A'+1)%26) + bare[2:]},
	}
	for _, typed := range append(r.Typed, text) {
		if got, err := readRecovery(core.Secret(typed)); err != nil || !bytes.Equal(got, key) {
			t.Errorf("%q: %v", typed, err)
		}
	}
	for _, typed := range r.Refused {
		if _, err := readRecovery(core.Secret(typed)); core.CodeOf(err) != core.Invalid {
			t.Errorf("%q: %v", typed, err)
		}
	}
	return r
}

// makeSealed seals one of each kind, and makes what is authenticated without
// being sealed.
func makeSealed(p *formattest.Primitives) {
	id, space, file := vaultID(made("vault", 16)), core.SourceID(made("space", 8)), [16]byte(made("file", 16))
	add := func(of string, kind sealKind, plain, aad []byte, parts ...[]byte) []byte {
		s := formattest.Sealed{Of: of, Kind: string(kind), Key: made("key of "+of, keySize), Parts: []formattest.Hex{id[:]}, AAD: aad, Plain: bytes.TrimRight(plain, "\x00")}
		for _, part := range parts {
			s.Parts = append(s.Parts, part)
		}
		s.Padding = len(plain) - len(s.Plain)
		nonce := made("nonce of "+of, nonceSize)
		s.Sealed = newAEAD(s.Key).Seal(append([]byte{formatByte}, nonce...), nonce, plain, aad)
		p.Sealed = append(p.Sealed, s)
		return s.Sealed
	}
	leaf := build(pageLeaf, []byte("d"), []item{{key: []byte("d\x01\x01"), value: []byte("a row")}, {key: []byte("d\x01\x02"), value: bytes.Repeat([]byte("x"), 70)}})
	branch := build(pageBranch, []byte("d"), []item{{value: ref{1, 2}.append(nil)}, {key: []byte("d\x01\x09"), value: ref{3, 4}.append(nil)}})
	for _, piece := range []struct {
		of    string
		kind  sealKind
		plain []byte
	}{{"leaf", sealPage, leaf}, {"branch", sealPage, branch}, {"value of 300 bytes", sealValue, append(bytes.Repeat([]byte("v"), 300), make([]byte, 20)...)}} {
		at := place{piece.kind, space, ref{7, 0x8123456789abcdef}}
		add(piece.of, piece.kind, piece.plain, at.aad(nil, id), space[:], idKey(at.ref.id), idKey(at.ref.gen))
	}
	for _, last := range []bool{false, true} {
		of, mark := "chunk 5 of a file", byte(0)
		if last {
			of, mark = "last chunk, 5, of a file", 1
		}
		add(of, sealChunk, append([]byte("content"), make([]byte, 249)...), chunkPlace(id, file, 5, last), file[:], idKey(5), []byte{mark})
	}
	h := &header{vault: id}
	master, wrapped := made("master", keySize), slot{kind: SlotPassword, params: Params{1, 64, 1}, salt: [saltSize]byte(made("salt", saltSize))}
	head := wrapped.appendHead(nil)
	copy(wrapped.wrapped[:], add("master key in a slot", sealSlot, master, id.aad(sealSlot, head...), head))
	copy(h.krk[:], add("ring key", sealWrap, made("ring key", keySize), id.aad(sealWrap)))
	h = h.with(wrapped)
	ring := keyring{core.Own: {ringCore, 1, made("core", keySize)}, cacheRing: {ringCache, 1, made("caches", keySize)}, space: {ringSource, 2, made("source", keySize)}}
	sealedRing := add("keyring", sealKeyring, ring.encode(), id.aad(sealKeyring))
	r := &root{seq: 2, at: time.Unix(1773563400, 5), next: 9, change: 3, spaces: []spaceRoot{{id: core.Own}, {space, ref{7, 8}}}}
	headerKey, headKey := made("header", keySize), made("head", keySize)
	h.sign(headerKey)
	r.header, r.keyring = sha256.Sum256(h.encode()), sha256.Sum256(sealedRing)
	tag := rootTag(add("root", sealRoot, r.encode(), id.aad(sealRoot)))
	add("cache file", sealCache, []byte("a segment"), id.aad(sealCache, []byte("segment-1")...), []byte("segment-1"))
	headInput := append(binary.BigEndian.AppendUint64(bytes.Clone(id[:]), r.seq), tag...)
	p.MACs = []formattest.MAC{
		{Of: "header", Key: headerKey, Input: h.body(), MAC: h.mac[:]},
		{Of: "head", Key: headKey, Input: headInput, MAC: mac(headKey, headInput)[:headMAC]},
		{Of: "content of a file", Key: headKey, Input: tag, MAC: mac(headKey, tag)[:hashSize]},
		{Of: "name of a cache file", Key: headKey, Input: []byte("segment-1"), MAC: mac(headKey, []byte("segment-1"))[:nameSize]},
	}
}

func makeRows(p *formattest.Primitives) {
	at := time.Date(2026, 3, 15, 8, 30, 0, 5, time.UTC)
	for _, r := range []core.Record{
		{Type: "bill", ID: "1", Title: "March", Time: record.Date(2026, 3, 15), Data: json.RawMessage(`{"a":1}`), Revision: 1, Change: 1, Provenance: core.Provenance{Run: 1, At: at}},
		{Type: "contract", ID: "é", Revision: 300, Change: 70000, Deleted: true},
		{Type: "bill", ID: "2", Revision: 2, Change: 4, Files: []core.FileRef{{File: 1, Name: "a.pdf", MediaType: "application/pdf", Size: 66536}}, Data: json.RawMessage(`{}`),
			Links: []record.Link{{Rel: "contract", Type: "contract", ID: "é"}}, Provenance: core.Provenance{Run: 4, At: at, Evidence: strings.Repeat("5e", 32)}},
		{Type: "bill", ID: "3", Revision: 1, Change: 5, Provenance: core.Provenance{Evidence: "a text"}},
		{Type: "bill", ID: "4", Title: "April", Revision: 2, Change: 6, Data: json.RawMessage(`{"a":2}`), Tags: []string{"à payer", "house"}, Provenance: core.Provenance{At: at},
			Corrected: []core.Correction{{Field: "data/a", Own: json.RawMessage("2"), Source: json.RawMessage("1"), Seen: json.RawMessage("1")}, {Field: "time", Seen: json.RawMessage(`"2026"`)}}},
	} {
		row := formattest.Row{Revision: uint64(r.Revision), Change: uint64(r.Change), Run: uint64(r.Provenance.Run), Deleted: r.Deleted, Evidence: r.Provenance.Evidence,
			Type: string(r.Type), ID: r.ID, Time: r.Time.String(), Title: r.Title, Data: string(r.Data)}
		if !r.Provenance.At.IsZero() {
			row.At = r.Provenance.At.UnixNano()
		}
		for _, f := range r.Files {
			row.Files = append(row.Files, formattest.FileRef{File: uint64(f.File), Name: f.Name, MediaType: f.MediaType, Size: uint64(f.Size)})
		}
		for _, l := range r.Links {
			row.Links = append(row.Links, formattest.Link{Rel: l.Rel, Type: string(l.Type), ID: l.ID})
		}
		row.Tags = r.Tags
		for _, c := range r.Corrected {
			row.Corrected = append(row.Corrected, formattest.Correction{Field: c.Field, Own: string(c.Own), Source: string(c.Source), Seen: string(c.Seen)})
		}
		p.Rows = append(p.Rows, formattest.StoredRow{Origin: 3, Row: row, Bytes: appendContent(appendHead(nil, &r, 3), &r)})
	}
}
