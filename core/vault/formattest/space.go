package formattest

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"maps"
	"math"
	"slices"
	"strings"
	"time"
)

// A spaceReader takes a space's entries apart. What follows from its records
// and files it writes to want, to compare with what stands there.
type spaceReader struct {
	v        *vault
	sameFile []byte
	out      Space
	entries  map[byte][]entry // by keyspace, which the keys are without
	want     map[string]string
	origins  map[uint64][3]string
	uses     map[uint64]uint64 // of files, by rows
	counts   map[string]Count
}

// space reads the space whose tree begins at a page.
func (v *vault) space(id, key []byte, page, gen uint64) Space {
	t := &tree{v: v, space: id, keys: map[string][]byte{"p": derive(key, nil, "page"), "v": derive(key, nil, "value")}}
	if page != 0 || gen != 0 {
		t.walk(page, gen, nil, nil, 0)
	}
	r := &spaceReader{
		v: v, sameFile: derive(key, nil, "samefile"), out: Space{ID: id}, entries: make(map[byte][]entry), want: make(map[string]string),
		origins: make(map[uint64][3]string), uses: make(map[uint64]uint64), counts: make(map[string]Count),
	}
	for _, e := range t.entries {
		r.entries[e.key[0]] = append(r.entries[e.key[0]], entry{e.key[1:], e.value})
	}
	r.each('@', func(key, value *decoder) {
		r.origins[key.ordered()] = [3]string{value.text(), value.text(), value.text()}
	})
	r.records()
	r.each('f', r.file)
	check(len(r.uses) == 0, "a record refers to a file that is not there")
	r.each('c', r.change)
	r.composites()
	r.each('#', r.count)
	check(len(r.counts) == 0, "%d types have no counter", len(r.counts))
	r.each('~', func(key, value *decoder) {
		key.take(16)
		value.take(8)
		v.use(value.extents())
		r.out.Staged++
	})
	if r.isCore() {
		r.each('!', func(key, value *decoder) {
			key.ordered()
			v.use(value.extents())
			v.use(value.extents())
			r.out.Leftovers++
		})
	}
	r.compare()
	for _, keyspace := range slices.Sorted(maps.Keys(r.entries)) {
		check(keyspace >= 'a' && keyspace <= 'z' || keyspace >= 'A' && keyspace <= 'Z', "unknown keyspace %q", keyspace)
		for _, e := range r.entries[keyspace] {
			r.out.Others = append(r.out.Others, Other{string(keyspace), e.key, Brief(e.value)})
		}
	}
	return r.out
}

func (r *spaceReader) isCore() bool { return bytes.Equal(r.out.ID, make([]byte, 8)) }

func (v *vault) use(ids []uint64) {
	for _, id := range ids {
		v.used[id] = true
	}
}

// each calls f with the entries of a keyspace, which it must read to the end.
func (r *spaceReader) each(keyspace byte, f func(key, value *decoder)) {
	for _, e := range r.entries[keyspace] {
		key, value := &decoder{e.key}, &decoder{e.value}
		f(key, value)
		key.end()
		value.end()
	}
	delete(r.entries, keyspace)
}

// A row is a revision with its content as it stands.
type row struct {
	Row
	own     bool
	content []byte
}

// records reads the records, and their revisions from the latest down.
func (r *spaceReader) records() {
	revisions := make(map[uint64][]row)
	r.each('v', func(key, value *decoder) {
		seq := key.ordered()
		old := r.head(value)
		check(key.ordered() == old.Revision, "record %d: a revision under another's number", seq)
		revisions[seq] = append(revisions[seq], old)
		value.b = nil
	})
	r.each('d', func(key, value *decoder) {
		seq := key.ordered()
		now := r.head(value)
		r.index(seq, now)
		rec := Record{seq, []Row{r.content(seq, &now)}}
		for _, old := range slices.Backward(revisions[seq]) {
			check(old.Revision < now.Revision, "record %d: a revision after the last", seq)
			old.content = earlier(old.content, now.content)
			rec.Rows = append(rec.Rows, r.content(seq, &old))
			now = old
		}
		r.out.Records = append(r.out.Records, rec)
		delete(revisions, seq)
		value.b = nil
	})
	check(len(revisions) == 0, "revisions of no record")
}

// earlier makes the content of a revision from what is kept of it and the
// content that came after it.
func earlier(kept, next []byte) []byte {
	d, n := &decoder{kept}, uint64(len(next))
	a, b := d.uvarint(), d.uvarint()
	check(a <= n && b <= n-a, "not a difference")
	return slices.Concat(next[:a], d.b, next[n-b:])
}

// head reads a row up to its content.
func (r *spaceReader) head(d *decoder) (row row) {
	flags := d.u8()
	row.Deleted, row.own = flags&1 != 0, flags&2 != 0
	row.Revision, row.Change, row.Run = d.uvarint(), d.uvarint(), d.uvarint()
	origin, ok := r.origins[d.uvarint()]
	check(flags <= 3 && ok, "flags %x, or no origin", flags)
	row.Connector, row.Version, row.Module = origin[0], origin[1], origin[2]
	if at := int64(d.u64()); at != math.MinInt64 {
		row.At = at
	}
	switch n := d.uvarint(); n {
	case 0:
	case 1:
		row.Evidence = hex.EncodeToString(d.take(32))
	default:
		row.Evidence = string(d.take(n - 2))
	}
	row.Type, row.ID = d.text(), d.text()
	row.content = d.b
	check(len(row.Type) >= 1 && len(row.Type) <= 64 && !strings.Contains(row.Type, "\x00") && len(row.ID) >= 1 && len(row.ID) <= 512, "type or id")
	return row
}

// content reads a row's content, and notes its run and the files it uses.
func (r *spaceReader) content(seq uint64, row *row) Row {
	d := &decoder{row.content}
	row.Time, row.Title = d.text(), d.text()
	for range d.uvarint() {
		f := FileRef{d.uvarint(), d.text(), d.text(), d.uvarint()}
		r.uses[f.File]++
		row.Files = append(row.Files, f)
	}
	for range d.uvarint() {
		row.Links = append(row.Links, Link{d.text(), d.text(), d.text()})
	}
	if row.own {
		for range d.uvarint() {
			row.Tags = append(row.Tags, d.text())
		}
		for range d.uvarint() {
			row.Corrected = append(row.Corrected, Correction{d.text(), d.text(), d.text(), d.text()})
		}
	}
	row.Data = Brief(d.b)
	if row.Run != 0 {
		r.want["r"+ordered(row.Run)+ordered(seq)] = ""
	}
	return row.Row
}

// index notes where a record stands in the indexes.
func (r *spaceReader) index(seq uint64, now row) {
	n, op, when := r.counts[now.Type], "\x01", moment((&decoder{now.content}).text())
	if now.Deleted {
		n.Tombstones++
		op = "\x02"
	} else {
		n.Records++
		r.want["D"+when+ordered(seq)] = ""
		r.want["T"+now.Type+"\x00"+when+ordered(seq)] = ""
	}
	n.Type = now.Type
	r.counts[now.Type] = n
	r.want["i"+now.Type+"\x00"+now.ID] = ordered(seq)
	r.want["c"+ordered(now.Change)] = op + ordered(seq)
}

// moment is where a time stands among others.
func moment(text string) string {
	if text == "" {
		return strings.Repeat("\x00", 8)
	}
	text, _, _ = strings.Cut(text, "[")
	since := uint64(0)
	for _, layout := range []string{"2006", "2006-01", "2006-01-02", "2006-01-02T15:04Z07:00", time.RFC3339Nano} {
		t, err := time.Parse(layout, text)
		if err != nil {
			continue
		}
		y, m, d := t.Date()
		if strings.Contains(layout, "T") {
			since = uint64(t.Sub(time.Date(y, m, d, -48, 0, 0, 0, time.UTC)).Milliseconds())
		}
		return string(u64(uint64(y)<<48 | uint64(m)<<40 | uint64(d)<<32 | since))
	}
	check(false, "not a time: %q", text)
	return ""
}

// file reads a file from end to end.
func (r *spaceReader) file(key, value *decoder) {
	f := File{ID: key.ordered()}
	id, secret := value.take(16), value.take(32)
	f.SHA256, f.Size, f.Uses, f.Added = value.take(32), value.uvarint(), value.uvarint(), int64(value.u64())
	f.Name, f.MediaType = value.text(), value.text()
	check(f.Uses == r.uses[f.ID], "file %d is used %d times, not %d", f.ID, r.uses[f.ID], f.Uses)
	delete(r.uses, f.ID)
	sum, chunks := sha256.New(), value.extents()
	check(uint64(len(chunks)) == max(1, (f.Size+65535)/65536), "file %d has %d chunks", f.ID, len(chunks))
	r.v.use(chunks)
	for i, chunk := range chunks {
		last := []byte{0}
		if i == len(chunks)-1 {
			last[0] = 1
		}
		d := &decoder{unseal(secret, r.v.buckets["v"][string(u64(chunk))], 'c', r.v.id, id, u64(uint64(i)), last)}
		n := min(65536, f.Size-uint64(i)*65536)
		check(uint64(len(d.b)) == SizeClass(n), "chunk %d has %d bytes", chunk, len(d.b))
		sum.Write(d.take(n))
		d.zeros()
	}
	check(bytes.Equal(sum.Sum(nil), f.SHA256), "file %d is not what it was", f.ID)
	r.want["h"+string(mac(r.sameFile, f.SHA256)[:16])] = ordered(f.ID)
	r.v.twins[string(mac(r.v.twinKey, f.SHA256)[:16])+string(r.out.ID)+ordered(f.ID)] = true
	r.out.Files = append(r.out.Files, f)
}

// change reads an entry of the journal.
func (r *spaceReader) change(key, value *decoder) {
	name, whole := "c"+string(key.b), string(value.b)
	c := Change{Change: key.ordered(), Op: value.u8()}
	if c.Op == 4 && r.isCore() {
		c.Source = value.take(8)
	} else {
		c.Seq = value.ordered()
	}
	if c.Op != 3 && c.Op != 4 { // else no record tells
		check(r.want[name] == whole, "change %d is of no record", c.Change)
		delete(r.want, name)
	}
	r.out.Journal = append(r.out.Journal, c)
}

// composites reads the composite keys, whose two directions must agree.
func (r *spaceReader) composites() {
	back := make(map[string]bool)
	r.each('k', func(key, _ *decoder) {
		if key.u8() == 1 {
			check(back[string(key.b)], "a composite key leads back only")
			delete(back, string(key.b))
			key.b = nil
			return
		}
		name := key.take(uint64(key.u16()))
		seq := key.ordered()
		back[ordered(seq)+string(name)] = true
		if n := len(r.out.Composites); n == 0 || !bytes.Equal(r.out.Composites[n-1].Key, name) {
			r.out.Composites = append(r.out.Composites, Composite{Key: name})
		}
		c := &r.out.Composites[len(r.out.Composites)-1]
		c.Seqs = append(c.Seqs, seq)
	})
	check(len(back) == 0, "a composite key does not lead back")
}

func (r *spaceReader) count(key, value *decoder) {
	if kind := key.u8(); kind == 's' {
		r.out.LastSeq, r.out.LastFile, r.out.LastOrigin = value.uvarint(), value.uvarint(), value.uvarint()
		return
	}
	n := Count{string(key.b), value.uvarint(), value.uvarint()}
	key.b = nil
	if got, ok := r.counts[n.Type]; n.Records+n.Tombstones > 0 || ok {
		check(got == n, "counter %+v, records %+v", n, got)
		r.out.Counts = append(r.out.Counts, n)
	}
	delete(r.counts, n.Type)
}

// compare holds the indexes against what the records and files say.
func (r *spaceReader) compare() {
	for _, keyspace := range []byte("iDTrh") {
		for _, e := range r.entries[keyspace] {
			if keyspace == 'h' && r.isCore() && len(e.key) > 16 {
				r.v.listed[string(e.key)] = true
				continue
			}
			value, ok := r.want[string(keyspace)+string(e.key)]
			check(ok && value == string(e.value), "%q %x is %x, want %x", keyspace, e.key, e.value, value)
			delete(r.want, string(keyspace)+string(e.key))
		}
		delete(r.entries, keyspace)
	}
	check(len(r.want) == 0, "%d entries of indexes are missing", len(r.want))
}
