package extract_test

import (
	"bytes"
	"context"
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/domicile-home/domicile/core"
	"github.com/domicile-home/domicile/core/extract"
	"github.com/domicile-home/domicile/core/sandbox"
	"github.com/domicile-home/domicile/core/sandbox/sandboxtest"
	"github.com/domicile-home/domicile/sdk/protocol"
)

// shared is one Extractor for all tests, so that the PDF reader is compiled
// once. Its box ends with the test process.
var shared struct {
	once sync.Once
	x    *extract.Extractor
	err  error
}

// newSession returns a session with real helpers that ends with the test.
func newSession(tb testing.TB) *extract.Session {
	tb.Helper()
	worker := sandboxtest.Worker(tb)
	shared.once.Do(func() {
		var box *sandbox.Box
		box, shared.err = sandbox.New(sandbox.Config{Worker: worker})
		shared.x = extract.New(box, nil)
	})
	if shared.err != nil {
		tb.Fatal(shared.err)
	}
	return sessionOf(tb, shared.x)
}

func sessionOf(tb testing.TB, x *extract.Extractor) *extract.Session {
	tb.Helper()
	s := x.Session()
	tb.Cleanup(func() {
		if err := s.Close(); err != nil {
			tb.Error(err)
		}
	})
	return s
}

// corpora names the directory of sample files made by others.
const corpora = "DOMICILE_CORPORA"

// corpus returns files of the shared corpora; the test is skipped without them.
func corpus(tb testing.TB, pattern string) []string {
	tb.Helper()
	dir := os.Getenv(corpora)
	if dir == "" {
		tb.Skip("SKIPPED: set " + corpora + " to the directory of sample files")
	}
	files, err := filepath.Glob(filepath.Join(dir, pattern))
	if err != nil || len(files) == 0 {
		tb.Fatalf("no %s in the corpora: %v", pattern, err)
	}
	return files
}

func readFile(tb testing.TB, name string) []byte {
	tb.Helper()
	b, err := os.ReadFile(name)
	if err != nil {
		tb.Fatal(err)
	}
	return b
}

// wantCode fails unless err has this code.
func wantCode(tb testing.TB, err error, want core.Code) {
	tb.Helper()
	if got := core.CodeOf(err); got != want {
		tb.Fatalf("got code %q (%v), want %q", got, err, want)
	}
}

// refused reports whether err is what a bad file may end in.
func refused(err error) bool {
	code := core.CodeOf(err)
	return code == protocol.InvalidFile || code == protocol.Limit
}

func pdfText(tb testing.TB, s *extract.Session, data []byte) (extract.PDF, error) {
	tb.Helper()
	return s.PDFText(tb.Context(), bytes.NewReader(data), int64(len(data)))
}

// selectOne answers one query over a page.
func selectOne(tb testing.TB, s *extract.Session, page string, q protocol.Query) ([]map[string]string, error) {
	tb.Helper()
	got, err := s.Select(tb.Context(), []byte(page), map[string]protocol.Query{"q": q})
	return got["q"], err
}

// row asks for the text of the first paragraph.
var row = protocol.Query{Fields: map[string]string{"p": "p"}}

func TestSession(t *testing.T) {
	t.Parallel()

	t.Run("a file that cannot be read is its reader's error and costs that file only", func(t *testing.T) {
		t.Parallel()
		s := newSession(t)
		torn := errors.New("torn tape")
		_, err := s.PDFText(t.Context(), tornReader{torn}, 1000)
		if !errors.Is(err, torn) {
			t.Fatalf("got %v, want %v", err, torn)
		}
		if _, err := pdfText(t, s, bill(t)); err != nil {
			t.Fatal(err)
		}
	})

	t.Run("a cancelled call ends and the next one works", func(t *testing.T) {
		t.Parallel()
		s := newSession(t)
		ctx, cancel := context.WithCancel(t.Context())
		stopped := readerFunc(func([]byte, int64) (int, error) {
			cancel()
			return 0, context.Cause(ctx)
		})
		if _, err := s.PDFText(ctx, stopped, 1000); !errors.Is(err, context.Canceled) {
			t.Fatalf("got %v, want %v", err, context.Canceled)
		}
		if _, err := pdfText(t, s, bill(t)); err != nil {
			t.Fatal(err)
		}
	})

	t.Run("a helper outlives the call that started it", func(t *testing.T) {
		t.Parallel()
		s := newSession(t)
		ctx, cancel := context.WithCancel(t.Context())
		if _, err := s.Select(ctx, []byte("<p>a"), map[string]protocol.Query{"q": row}); err != nil {
			t.Fatal(err)
		}
		cancel()
		got, err := selectOne(t, s, "<p>b", row)
		if diff := cmp.Diff([]map[string]string{{"p": "b"}}, got); err != nil || diff != "" {
			t.Fatal(err, diff)
		}
	})

	t.Run("calls from many goroutines get their own answers", func(t *testing.T) {
		t.Parallel()
		s := newSession(t)
		var wg sync.WaitGroup
		for i := range 20 {
			wg.Go(func() {
				text := string(rune('a' + i))
				got, err := selectOne(t, s, "<p>"+text, row)
				if err != nil || got[0]["p"] != text {
					t.Errorf("got %v, %v, want %s", got, err, text)
				}
			})
		}
		wg.Wait()
	})

	t.Run("a helper that computes without end is killed and the next call has another", func(t *testing.T) {
		t.Parallel()
		newSession(t) // shared is ready
		s := sessionOf(t, shared.x.Bounded(time.Second))
		_, err := selectOne(t, s, strings.Repeat("<div>", 300), protocol.Query{Rows: "z" + strings.Repeat(" *", 20)})
		wantCode(t, err, protocol.Limit)
		got, err := selectOne(t, s, "<p>fine", row)
		if err != nil || got[0]["p"] != "fine" {
			t.Errorf("afterwards: got %v, %v", got, err)
		}
	})

	t.Run("a helper that takes all its memory is ended and the next call has another", func(t *testing.T) {
		t.Parallel()
		s := newSession(t)
		_, err := selectOne(t, s, strings.Repeat("<b>x</b>", 4<<20), row)
		wantCode(t, err, protocol.Limit)
		got, err := selectOne(t, s, "<p>fine", row)
		if err != nil || got[0]["p"] != "fine" {
			t.Errorf("afterwards: got %v, %v", got, err)
		}
	})

	t.Run("a file of negative size is refused", func(t *testing.T) {
		t.Parallel()
		_, err := newSession(t).PDFText(t.Context(), bytes.NewReader(nil), -1)
		wantCode(t, err, core.Invalid)
	})

	t.Run("a closed session refuses", func(t *testing.T) {
		t.Parallel()
		s := newSession(t)
		if err := s.Close(); err != nil {
			t.Fatal(err)
		}
		_, err := selectOne(t, s, "<p>a", row)
		wantCode(t, err, core.Invalid)
	})
}

type readerFunc func(p []byte, off int64) (int, error)

func (f readerFunc) ReadAt(p []byte, off int64) (int, error) { return f(p, off) }

type tornReader struct{ err error }

func (r tornReader) ReadAt([]byte, int64) (int, error) { return 0, r.err }

var _ io.ReaderAt = tornReader{}
