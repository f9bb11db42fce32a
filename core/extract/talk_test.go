package extract

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/domicile-home/domicile/core"
	"github.com/domicile-home/domicile/sdk/protocol"
)

// A script is a helper that a file has taken over: it answers what it likes.
type script struct{ frames *protocol.Reader }

func newScript(text string) script { return script{protocol.NewReader(strings.NewReader(text))} }

func (s script) Call(context.Context, protocol.Frame) (protocol.Frame, error) {
	f, err := s.frames.Next()
	if err != nil {
		return f, core.E(protocol.Internal, "call helper", err)
	}
	return f, nil
}

// uses are what is asked of helpers; each returns what it was told.
var uses = map[string]func(*talk) error{
	"pdf": func(k *talk) error {
		var pdf PDF
		if err := pdf.read(k); err != nil {
			return err
		}
		total := 0
		for _, p := range pdf.Pages {
			if total += len(p); !utf8.ValidString(p) {
				return fmt.Errorf("a page that is no text: %q", p)
			}
		}
		for _, f := range pdf.Files {
			if !fs.ValidPath(f.Name) || strings.Contains(f.Name, "/") {
				return fmt.Errorf("a file named %q", f.Name)
			}
		}
		if len(pdf.Pages) > maxPages || len(pdf.Files) > maxFiles || total > 3*MaxText {
			return fmt.Errorf("%d pages, %d files, %d bytes", len(pdf.Pages), len(pdf.Files), total)
		}
		return nil
	},
	"archive": func(k *talk) error {
		seen := map[string]bool{}
		return (&walk{talk: k, names: names{}}).all(func(name string, r io.Reader) error {
			if seen[name] || !fs.ValidPath(name) {
				return fmt.Errorf("a file named %q", name)
			}
			seen[name] = true
			_, err := io.Copy(io.Discard, r)
			return err
		})
	},
	"draw": func(k *talk) error {
		p, err := draw(k, 0)
		if err == nil && (p.Rect.Dx() > MaxPictureWidth || p.Rect.Dy() > MaxPictureHeight || len(p.Pix) > 4*MaxPicturePixels || len(p.Pix) != 4*p.Rect.Dx()*p.Rect.Dy()) {
			return fmt.Errorf("a picture of %v", p.Rect)
		}
		return err
	},
	"select": func(k *talk) error {
		return choice{map[string]protocol.Query{"q": {Fields: map[string]string{"a": ""}}}, map[string][]map[string]string{}}.read(k)
	},
}

func TestTalk_ends_a_helper_that_was_taken_over(t *testing.T) {
	t.Parallel()
	const ok = `{"ok":{}}` + "\n"
	want := func(offset, length int64) string {
		return fmt.Sprintf(`{"ok":{"want":{"offset":%d,"length":%d}}}`+"\n", offset, length)
	}
	row := func(text string) string {
		return fmt.Sprintf(`{"ok":{"end":true},"payload":%d}`+"\n%s", len(text), text)
	}
	const page = `{"ok":{"pages":1}}` + "\n"
	drawn := func(width, height, bytes int) string {
		return fmt.Sprintf(`{"ok":{"width":%d,"height":%d},"payload":%d}`+"\n%s", width, height, bytes, strings.Repeat("x", bytes))
	}
	for _, tc := range []struct{ use, name, says string }{
		{"pdf", "a range before the file", want(-1, 5)},
		{"pdf", "a range after the file", want(8, 5)},
		{"pdf", "a range that overflows", want(1<<62, 1<<62)},
		{"pdf", "an empty range", want(0, 0)},
		{"pdf", "a huge range", want(0, 1<<40)},
		{"pdf", "no answer", "{}\n"},
		{"pdf", "an answer of another kind", `{"ok":{"pages":"many"}}` + "\n"},
		{"pdf", "negative pages", `{"ok":{"pages":-1}}` + "\n"},
		{"pdf", "more text than was asked for", `{"ok":{"pages":1}}` + "\n" + fmt.Sprintf(`{"ok":{},"payload":%d}`+"\n", MaxText+1) + strings.Repeat("x", MaxText+1)},
		{"pdf", "a file of less than its size", `{"ok":{"files":1}}` + "\n" + `{"ok":{"size":5},"payload":0}` + "\n"},
		{"pdf", "a file of more than its size", `{"ok":{"files":1}}` + "\n" + `{"ok":{"size":5},"payload":6}` + "\nabcdef"},
		{"pdf", "a file of negative size", `{"ok":{"files":1}}` + "\n" + `{"ok":{"size":-5},"payload":0}` + "\n"},
		{"draw", "negative pages", `{"ok":{"pages":-1}}` + "\n"},
		{"draw", "a picture without a size", page + drawn(0, 0, 0)},
		{"draw", "a picture turned inside out", page + drawn(-1, -1, 3)},
		{"draw", "fewer pixels than it says", page + drawn(2, 2, 11)},
		{"draw", "more pixels than it says", page + drawn(2, 2, 13)},
		{"draw", "a picture without pixels", page + `{"ok":{"width":2,"height":2}}` + "\n"},
		{"draw", "a picture too wide", page + drawn(MaxPictureWidth+1, 1, 3*(MaxPictureWidth+1))},
		{"draw", "a picture too tall", page + drawn(1, MaxPictureHeight+1, 3*(MaxPictureHeight+1))},
		{"draw", "a picture too large", page + drawn(MaxPictureWidth, MaxPictureHeight, 0)},
		{"draw", "a picture whose size overflows", page + drawn(1<<33, 1<<31, 0)},
		{"archive", "a huge name", ok + `{"ok":{"name":"` + strings.Repeat("x", 9000) + `"}}` + "\n"},
		{"archive", "a file that never goes on", ok + `{"ok":{"name":"a"}}` + "\n" + ok},
		{"archive", "files without end", ok + strings.Repeat(`{"ok":{"name":"a"}}`+"\n"+`{"ok":{"end":true}}`+"\n", MaxEntries+1)},
		{"select", "rows of another query", ok + row(`{"query":"x","row":{}}`)},
		{"select", "fields of another query", ok + row(`{"query":"q","row":{"b":""}}`)},
		{"select", "a row that is none", ok + row(`{"query":"q"}`)},
		{"select", "a line that is none", ok + row(`{"query":`)},
		{"select", "rows that never go on", ok + ok},
		{"select", "too many rows", ok + row(strings.Repeat(`{"query":"q","row":{}}`+"\n", MaxRows+1))},
	} {
		t.Run(tc.use+" sends "+tc.name, func(t *testing.T) {
			t.Parallel()
			k := newTalk(t.Context(), "test", newScript(tc.says), bytes.NewReader(make([]byte, 10)), 10)
			err := uses[tc.use](k)
			if core.CodeOf(err) != protocol.InvalidFile || !k.broken {
				t.Errorf("got %v, broken %v", err, k.broken)
			}
			if _, _, err := k.ask(request{Op: "close"}); err == nil {
				t.Error("it can be asked again")
			}
		})
	}
}

func TestTalk_bounds_how_often_a_file_is_read(t *testing.T) {
	t.Parallel()
	const size = maxRange
	says := strings.Repeat(fmt.Sprintf(`{"ok":{"want":{"offset":0,"length":%d}}}`+"\n", size), readFactor+readSlack/size+1)
	k := newTalk(t.Context(), "test", newScript(says), bytes.NewReader(make([]byte, size)), size)
	if _, _, err := k.ask(request{Op: "open"}); core.CodeOf(err) != protocol.Limit || !k.broken {
		t.Errorf("got %v, broken %v", err, k.broken)
	}
}

func TestTalk_keeps_a_helpers_words_short_and_plain(t *testing.T) {
	t.Parallel()
	says := `{"error":{"code":"auth_failed","message":"a\u001b[31m` + strings.Repeat("é", 1000) + `"}}` + "\n"
	k := newTalk(t.Context(), "test", newScript(says), bytes.NewReader(nil), 0)
	_, _, err := k.ask(request{Op: "open"})
	if core.CodeOf(err) != protocol.InvalidFile {
		t.Errorf("got %v: a helper chose a code that is not its own", core.CodeOf(err))
	}
	if text := err.Error(); len(text) > 400 || strings.Contains(text, "\x1b") || !utf8.ValidString(text) {
		t.Errorf("got %q", text)
	}
}

func TestTalk_tells_a_helper_that_never_started_from_a_broken_one(t *testing.T) {
	t.Parallel()
	for says, want := range map[string]core.Code{"": protocol.Internal, `{"ok":{"want":{"offset":0,"length":1}}}` + "\n": protocol.InvalidFile} {
		k := newTalk(t.Context(), "test", newScript(says), bytes.NewReader([]byte("x")), 1)
		if _, _, err := k.ask(request{Op: "open"}); core.CodeOf(err) != want {
			t.Errorf("%q: got %v, want %v", says, err, want)
		}
	}
}

// FuzzTalk lets a helper say anything: what is returned is within bounds and of
// a documented code.
func FuzzTalk(f *testing.F) {
	f.Add("pdf", []byte(`{"ok":{"pages":1,"files":1}}`+"\n"+`{"ok":{},"payload":2}`+"\nab"+`{"ok":{"name":"../a","size":1},"payload":1}`+"\nx"+`{"ok":{}}`+"\n"))
	f.Add("archive", []byte(`{"ok":{}}`+"\n"+`{"ok":{"name":"a/../b"}}`+"\n"+`{"ok":{"end":true},"payload":1}`+"\nx"+`{"ok":{"end":true}}`+"\n"))
	f.Add("select", []byte(`{"ok":{"want":{"offset":0,"length":3}}}`+"\n"+`{"ok":{}}`+"\n"+`{"ok":{"end":true},"payload":26}`+"\n"+`{"query":"q","row":{"a":""}}`))
	f.Add("draw", []byte(`{"ok":{"pages":1}}`+"\n"+`{"ok":{"width":1,"height":1},"payload":3}`+"\nrgb"))
	f.Add("pdf", []byte(`{"error":{"code":"limit","message":"x"}}`+"\n"))
	f.Fuzz(func(t *testing.T, use string, says []byte) {
		do, known := uses[use]
		if !known {
			return
		}
		err := do(newTalk(t.Context(), "test", newScript(string(says)), strings.NewReader("file"), 4))
		if _, ours := errors.AsType[*core.Error](err); err != nil && !ours {
			t.Fatal(err)
		}
	})
}
