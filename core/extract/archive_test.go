package extract_test

import (
	"archive/tar"
	"archive/zip"
	"bytes"
	"compress/gzip"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/domicile-home/domicile/core/extract"
	"github.com/domicile-home/domicile/sdk/protocol"
)

// A file is an entry of an archive, in tests.
type file struct{ Name, Data string }

// unzip returns what an archive holds.
func unzip(tb testing.TB, s *extract.Session, data []byte) (files []file, err error) {
	tb.Helper()
	err = s.Unzip(tb.Context(), bytes.NewReader(data), int64(len(data)), func(name string, r io.Reader) error {
		content, err := io.ReadAll(r)
		files = append(files, file{name, string(content)})
		return err
	})
	return files, err
}

// zipped returns a zip of files, compressed.
func zipped(tb testing.TB, files ...file) []byte {
	tb.Helper()
	var b bytes.Buffer
	w := zip.NewWriter(&b)
	for _, f := range files {
		e, err := w.Create(f.Name)
		if err == nil {
			_, err = io.WriteString(e, f.Data)
		}
		if err != nil {
			tb.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		tb.Fatal(err)
	}
	return b.Bytes()
}

// tarred returns a tar of headers, each regular file with its name as content.
func tarred(tb testing.TB, headers ...tar.Header) []byte {
	tb.Helper()
	var b bytes.Buffer
	w := tar.NewWriter(&b)
	for _, h := range headers {
		if h.Mode = 0o600; h.Typeflag == tar.TypeReg {
			h.Size = int64(len(h.Name))
		}
		err := w.WriteHeader(&h)
		if err == nil && h.Typeflag == tar.TypeReg {
			_, err = io.WriteString(w, h.Name)
		}
		if err != nil {
			tb.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		tb.Fatal(err)
	}
	return b.Bytes()
}

func gzipped(tb testing.TB, name string, data []byte) []byte {
	tb.Helper()
	var b bytes.Buffer
	w := gzip.NewWriter(&b)
	w.Name = name
	_, err := w.Write(data)
	if err := errors.Join(err, w.Close()); err != nil {
		tb.Fatal(err)
	}
	return b.Bytes()
}

func TestUnzip(t *testing.T) {
	t.Parallel()
	s := newSession(t)
	long := strings.Repeat("une ligne\n", 500_000)
	links := tarred(t, tar.Header{Name: "d/", Typeflag: tar.TypeDir}, tar.Header{Name: "d/a", Typeflag: tar.TypeReg},
		tar.Header{Name: "l", Linkname: "/etc/passwd", Typeflag: tar.TypeSymlink}, tar.Header{Name: "h", Linkname: "d/a", Typeflag: tar.TypeLink},
		tar.Header{Name: "dev", Typeflag: tar.TypeBlock}, tar.Header{Name: "pipe", Typeflag: tar.TypeFifo},
		tar.Header{Name: "/abs/b", Typeflag: tar.TypeReg})
	inTar := []file{{"d/a", "d/a"}, {"abs/b", "/abs/b"}}
	for _, tc := range []struct {
		name string
		data []byte
		want []file
	}{
		{"a zip", zipped(t, file{"a.csv", "1;2"}, file{"d/", ""}, file{"d/b.txt", long}, file{"vide", ""}),
			[]file{{"a.csv", "1;2"}, {"d/b.txt", long}, {"vide", ""}}},
		{"an empty zip", zipped(t), nil},
		{"a zip within", zipped(t, file{"in.zip", "PK\x03\x04"}), []file{{"in.zip", "PK\x03\x04"}}},
		{"names that lead out, twice", zipped(t, file{"../../etc/passwd", "1"}, file{"/etc/passwd", "2"}, file{`C:\etc\PASSWD`, "3"}),
			[]file{{"etc/passwd", "1"}, {"etc/passwd (2)", "2"}, {"etc/PASSWD (3)", "3"}}},
		{"names in code page 850", zipped(t, file{"t\x82l\x82.txt", ""}), []file{{"télé.txt", ""}}},
		{"names in decomposed letters", zipped(t, file{"te\u0301le\u0301.txt", ""}), []file{{"télé.txt", ""}}},
		{"shadow files of macOS", zipped(t, file{"a", "1"}, file{"__MACOSX/._a", "x"}), []file{{"a", "1"}}},
		{"a tar with links and devices", links, inTar},
		{"a compressed tar", gzipped(t, "", links), inTar},
		{"a compressed file", gzipped(t, "relevé.csv", []byte(long)), []file{{"relevé.csv", long}}},
		{"a compressed file without a name", gzipped(t, "", []byte("x")), []file{{"file", "x"}}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			got, err := unzip(t, s, tc.data)
			if diff := cmp.Diff(tc.want, got); err != nil || diff != "" {
				t.Errorf("%v, -want +got\n%.1000s", err, diff)
			}
		})
	}
}

func TestUnzip_leaves_out_what_is_not_wanted(t *testing.T) {
	t.Parallel()
	for name, data := range map[string][]byte{
		"zip":    zipped(t, file{"a", strings.Repeat("a", 3<<20)}, file{"b", "b"}),
		"tar.gz": gzipped(t, "", tarred(t, tar.Header{Name: "a", Typeflag: tar.TypeReg}, tar.Header{Name: "b", Typeflag: tar.TypeReg})),
	} {
		var got []string
		err := newSession(t).Unzip(t.Context(), bytes.NewReader(data), int64(len(data)), func(name string, r io.Reader) error {
			if name == "a" {
				return nil
			}
			content, err := io.ReadAll(r)
			got = append(got, name+"="+string(content))
			return err
		})
		if diff := cmp.Diff([]string{"b=b"}, got); err != nil || diff != "" {
			t.Errorf("%s: %v %s", name, err, diff)
		}
	}
}

func TestUnzip_returns_the_error_of_emit(t *testing.T) {
	t.Parallel()
	s, full := newSession(t), errors.New("disk full")
	data := zipped(t, file{"a", "1"}, file{"b", "2"})
	n := 0
	err := s.Unzip(t.Context(), bytes.NewReader(data), int64(len(data)), func(string, io.Reader) error { n++; return full })
	if !errors.Is(err, full) || n != 1 {
		t.Errorf("got %v after %d files", err, n)
	}
	if got, err := unzip(t, s, data); err != nil || len(got) != 2 {
		t.Errorf("afterwards: got %v, %v", got, err)
	}
}

func TestUnzip_refuses(t *testing.T) {
	t.Parallel()
	s := newSession(t)
	whole := zipped(t, file{"a", strings.Repeat("abc", 1000)})
	changed := bytes.Clone(whole)
	changed[40] ^= 0xff
	tgz := gzipped(t, "", tarred(t, tar.Header{Name: strings.Repeat("n", 80), Typeflag: tar.TypeReg}))
	many := make([]file, 10_001)
	for i := range many {
		many[i].Name = fmt.Sprint(i)
	}
	for _, tc := range []struct {
		name string
		data []byte
		want protocol.Code
		says string
	}{
		{"nothing", nil, protocol.InvalidFile, "not a zip"},
		{"text", []byte("a;b;c\n"), protocol.InvalidFile, "not a zip"},
		{"a zip that was cut", whole[:len(whole)-30], protocol.InvalidFile, ""},
		{"a zip that was changed", changed, protocol.InvalidFile, ""},
		{"a compressed tar that was cut", tgz[:len(tgz)-20], protocol.InvalidFile, ""},
		{"a password", flagged(whole, 1), protocol.InvalidFile, "password"},
		{"a compression of its own", methoded(whole, 9), protocol.InvalidFile, "method 9"},
		{"too many files", zipped(t, many...), protocol.Limit, "10000"},
		{"a file too large", gzipped(t, "", noise(65<<20)), protocol.Limit, "64 MiB"},
		{"a bomb in a zip", zipped(t, file{"bomb", strings.Repeat("\x00", 30<<20)}), protocol.Limit, "times its size"},
		{"a bomb in gzip", gzipped(t, "", make([]byte, 60<<20)), protocol.Limit, "times its size"},
		{"a bomb of overlapping entries", overlapping(t, 50, 1<<20), protocol.InvalidFile, "overlap"},
		{"a directory that never ends", endless(t), protocol.Limit, "directory"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			_, err := unzip(t, s, tc.data)
			wantCode(t, err, tc.want)
			if !strings.Contains(err.Error(), tc.says) {
				t.Errorf("got %q, want a word of %q", err, tc.says)
			}
		})
	}
}

// TestUnzip_stops_a_bomb_that_is_skipped holds the bounds where emit reads
// nothing: a compressed tar has to be unpacked to be skipped.
func TestUnzip_stops_a_bomb_that_is_skipped(t *testing.T) {
	t.Parallel()
	var b bytes.Buffer
	w := tar.NewWriter(&b)
	if err := w.WriteHeader(&tar.Header{Name: "bomb", Mode: 0o600, Size: 60 << 20}); err != nil {
		t.Fatal(err)
	}
	w.Write(make([]byte, 60<<20))
	w.Close()
	data := gzipped(t, "", b.Bytes())
	err := newSession(t).Unzip(t.Context(), bytes.NewReader(data), int64(len(data)), func(string, io.Reader) error { return nil })
	wantCode(t, err, protocol.Limit)
}

func TestUnzip_outlives_damage(t *testing.T) {
	t.Parallel()
	s, r := newSession(t), rand.New(rand.NewPCG(3, 4))
	tarball := tarred(t, tar.Header{Name: "a", Typeflag: tar.TypeReg}, tar.Header{Name: strings.Repeat("b/", 120) + "b", Typeflag: tar.TypeReg})
	samples := [][]byte{zipped(t, file{"a", "1"}, file{"b", strings.Repeat("xyz", 5000)}), tarball, gzipped(t, "n", tarball), gzipped(t, "n", []byte("x"))}
	read, turned := 0, 0
	for range 1500 {
		switch _, err := unzip(t, s, damaged(r, samples[r.IntN(len(samples))])); {
		case err == nil:
			read++
		case refused(err):
			turned++
		default:
			t.Fatal(err)
		}
	}
	if t.Logf("%d read, %d refused", read, turned); read == 0 || turned == 0 {
		t.Errorf("%d read, %d refused: no real trial", read, turned)
	}
}

// flagged sets the general flags of every entry of a zip.
func flagged(data []byte, flags uint16) []byte { return patched(data, 6, 8, flags) }

// methoded sets the compression method of every entry of a zip.
func methoded(data []byte, method uint16) []byte { return patched(data, 8, 10, method) }

// patched writes v at an offset of each local and central header.
func patched(data []byte, local, central int, v uint16) []byte {
	data = bytes.Clone(data)
	for i := range data {
		switch {
		case bytes.HasPrefix(data[i:], []byte("PK\x03\x04")):
			binary.LittleEndian.PutUint16(data[i+local:], v)
		case bytes.HasPrefix(data[i:], []byte("PK\x01\x02")):
			binary.LittleEndian.PutUint16(data[i+central:], v)
		}
	}
	return data
}

// noise returns bytes that do not compress.
func noise(n int) []byte {
	b := make([]byte, n)
	r := rand.NewChaCha8([32]byte{1})
	r.Read(b)
	return b
}

// overlapping returns a zip of n entries that all unpack the same bytes.
func overlapping(tb testing.TB, n, size int) []byte {
	tb.Helper()
	data := string(noise(size))
	one := zipped(tb, file{"a", data})
	start := bytes.LastIndex(one, []byte("PK\x01\x02"))
	end := bytes.LastIndex(one, []byte("PK\x05\x06"))
	central, tail := one[start:end], bytes.Clone(one[end:])
	out := bytes.Clone(one[:start])
	for range n {
		out = append(out, central...)
	}
	binary.LittleEndian.PutUint16(tail[8:], uint16(n))
	binary.LittleEndian.PutUint16(tail[10:], uint16(n))
	binary.LittleEndian.PutUint32(tail[12:], uint32(n*len(central)))
	return append(out, tail...)
}

// endless returns a zip whose directory is far longer than it says.
func endless(tb testing.TB) []byte {
	tb.Helper()
	one := zipped(tb, file{"a", "x"})
	start := bytes.LastIndex(one, []byte("PK\x01\x02"))
	end := bytes.LastIndex(one, []byte("PK\x05\x06"))
	directory := bytes.Repeat(one[start:end], 20<<20/(end-start))
	tail := bytes.Clone(one[end:])
	binary.LittleEndian.PutUint32(tail[12:], uint32(len(directory)))
	binary.LittleEndian.PutUint32(tail[16:], uint32(start))
	return append(append(bytes.Clone(one[:start]), directory...), tail...)
}

func BenchmarkUnzip(b *testing.B) {
	s := newSession(b)
	files := make([]file, 40)
	for i := range files {
		files[i] = file{fmt.Sprint(i), string(noise(100 << 10))}
	}
	data := zipped(b, files...)
	b.SetBytes(int64(len(data)))
	for b.Loop() {
		n := 0
		err := s.Unzip(b.Context(), bytes.NewReader(data), int64(len(data)), func(_ string, r io.Reader) error {
			n++
			_, err := io.Copy(io.Discard, r)
			return err
		})
		if err != nil || n != 40 {
			b.Fatal(n, err)
		}
	}
}
