package search_test

import (
	"bufio"
	"context"
	"encoding/hex"
	"fmt"
	"io"
	"log/slog"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"github.com/domicile-home/domicile/core"
	"github.com/domicile-home/domicile/core/search"
)

// The child indexes in this directory, under this key, when they are set.
const (
	childDir = "DOMICILE_TEST_INDEX"
	childKey = "DOMICILE_TEST_KEY"
)

func TestMain(m *testing.M) {
	var err error
	switch dir, bench := os.Getenv(childDir), os.Getenv(childBench); {
	case dir != "":
		err = indexForEver(dir, os.Getenv(childKey))
	case bench != "":
		err = reportOpen(bench)
	default:
		os.Exit(m.Run())
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

// tellingSealer prints a dot for each thing it seals, so that a parent can kill
// this process in the middle of anything.
type tellingSealer struct {
	sealer
	out io.Writer
}

func (s tellingSealer) Seal(name string, plain []byte) []byte {
	fmt.Fprint(s.out, ".")
	return s.sealer.Seal(name, plain)
}

// growing is a journal that any process can grow in the same way.
type growing struct {
	*journal
	*generator
}

func newGrowing() *growing {
	g := &growing{newJournal(), newGenerator(11)}
	for i := range 3 { // the same in every process
		g.sources = append(g.sources, core.SourceID{byte(i + 1)})
	}
	return g
}

// reach makes the journal's changes, in steps, until it has those up to last.
func (g *growing) reach(last core.Change) {
	for g.last < max(last, 1) {
		for range growth {
			if len(g.sources) < 3 {
				g.sources = append(g.sources, core.SourceID{byte(len(g.entries)), byte(g.last), 1})
			}
			g.step(g.journal)
		}
	}
}

const growth = 35 // changes between two calls of Follow

// indexForEver is the child.
func indexForEver(dir, key string) error {
	ctx := context.Background()
	raw, err := hex.DecodeString(key)
	if err != nil {
		return err
	}
	s, err := sealerOf(raw)
	if err != nil {
		return err
	}
	g := newGrowing()
	config := search.Small(search.Config{Dir: dir, Sealer: tellingSealer{s, os.Stdout}, Feed: g.journal})
	_, seen, err := positionOf(ctx, config)
	if err != nil {
		return err
	}
	for g.reach(seen); ; g.reach(g.last + 1) {
		x, err := search.Open(ctx, config)
		if err != nil {
			return err
		}
		for range 5 {
			if err := x.Follow(ctx); err != nil {
				return err
			}
			g.reach(g.last + 1)
		}
		x.Close()
	}
}

// positionOf returns how far an index got, and the end of the journal
// that it had seen. It reads it with a journal that has no end.
func positionOf(ctx context.Context, config search.Config) (position, seen core.Change, err error) {
	config.Feed = &journal{last: 1 << 60}
	x, err := search.Open(ctx, config)
	if err != nil {
		return 0, 0, err
	}
	defer x.Close()
	return x.Position(), search.Seen(x), nil
}

func TestIndex_survives_kills(t *testing.T) {
	t.Parallel()
	dir, key := filepath.Join(t.TempDir(), "index"), make([]byte, 32)
	r := rand.New(rand.NewPCG(3, 4))
	for i := range key {
		key[i] = byte(r.IntN(256))
	}
	s, err := sealerOf(key)
	if err != nil {
		t.Fatal(err)
	}
	kills, records := soak(5, 200), 0
	for range kills {
		killSoon(t, dir, hex.EncodeToString(key), 1+r.IntN(400))
		g := newGrowing()
		h := &house{journal: g.journal, config: search.Small(search.Config{Dir: dir, Sealer: s, Feed: g.journal, Log: slog.New(slog.NewTextHandler(t.Output(), nil))})}
		position, seen, err := positionOf(t.Context(), h.config)
		if err != nil {
			t.Fatal(err)
		}
		g.reach(seen)
		h.open(t)
		if h.Position() != position {
			t.Fatalf("thrown away: at %d, was at %d", h.Position(), position)
		}
		h.follow(t)
		g.compare(t, h, 20)
		if got, want := h.Stats().Records, len(g.documents); got != want {
			t.Fatalf("%d records count, want %d", got, want)
		}
		records = len(g.documents)
		h.Close()
	}
	t.Logf("SUMMARY index: %d kills at random moments, none lost a record or its place; %d records in the end", kills, records)
}

// killSoon indexes in a child and kills it once it sealed that many things.
func killSoon(t *testing.T, dir, key string, seals int) {
	t.Helper()
	child := exec.CommandContext(t.Context(), os.Args[0])
	child.Env = append(os.Environ(), childDir+"="+dir, childKey+"="+key)
	child.Stderr = os.Stderr
	out, err := child.StdoutPipe()
	if err == nil {
		err = child.Start()
	}
	if err != nil {
		t.Fatal(err)
	}
	if n, err := io.CopyN(io.Discard, bufio.NewReaderSize(out, 16), int64(seals)); err != nil {
		t.Errorf("the child ended after %d seals: %v", n, err)
	}
	_ = child.Process.Kill()
	_ = child.Wait() // says that it was killed
}
