package vault_test

import (
	"bytes"
	"errors"
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/domicile-home/domicile/core"
	"github.com/domicile-home/domicile/core/vault"
)

// TestSpace_agrees_with_a_map puts, replaces and deletes at random, with keys
// that share prefixes and values of all sizes, and compares with a map after
// each commit, after failed updates and over reopening.
func TestSpace_agrees_with_a_map(t *testing.T) {
	t.Parallel()
	for seed := range uint64(soak(3, 40)) {
		t.Run(fmt.Sprint(seed), func(t *testing.T) {
			t.Parallel()
			m := &spaceModel{rng: rand.New(rand.NewPCG(seed, 1)), want: make(map[string]string)}
			m.v, m.path = create(t)
			m.source = newSource(t, m.v)
			for round := range 40 {
				m.round(t)
				if round%10 == 9 {
					m.v = reopen(t, m.v, m.path)
				}
				m.compare(t)
			}
			verifyClean(t, m.v)
		})
	}
}

type spaceModel struct {
	rng    *rand.Rand
	v      *vault.Vault
	path   string
	source core.SourceID
	want   map[string]string
}

func (m *spaceModel) key() string {
	switch m.rng.IntN(4) {
	case 0:
		return fmt.Sprintf("short%d", m.rng.IntN(50))
	case 1:
		return strings.Repeat("shared/prefix/", 1+m.rng.IntN(20)) + fmt.Sprint(m.rng.IntN(500))
	case 2:
		return fmt.Sprintf("%08d", m.rng.IntN(2000))
	}
	return strings.Repeat("z", 1+m.rng.IntN(760))
}

func (m *spaceModel) value() string {
	n := m.rng.IntN(60)
	switch m.rng.IntN(20) {
	case 0:
		n = 1500 + m.rng.IntN(1000)
	case 1:
		n = m.rng.IntN(100_000)
	}
	return strings.Repeat(string(rune('a'+m.rng.IntN(26))), n)
}

var errAbandoned = errors.New("abandoned")

// round makes a batch of changes, and sometimes gives all of them up.
func (m *spaceModel) round(t *testing.T) {
	abandon := m.rng.IntN(5) == 0
	next := maps.Clone(m.want)
	deletes := m.rng.IntN(10)
	err := m.v.Update(t.Context(), func(tx *vault.Tx) error {
		s, err := tx.Space(m.source)
		if err != nil {
			return err
		}
		for range m.rng.IntN(400) {
			key := m.key()
			if m.rng.IntN(10) < deletes {
				delete(next, key)
				err = s.Delete('a', []byte(key))
			} else {
				next[key] = m.value()
				err = s.Put('a', []byte(key), []byte(next[key]))
			}
			if err != nil {
				return err
			}
			if got, err := s.Get('a', []byte(key)); string(got) != next[key] || core.CodeOf(err) == core.Damaged {
				return fmt.Errorf("%q within its update: %q, %w", key, got, err)
			}
		}
		if abandon {
			return errAbandoned
		}
		return nil
	})
	if abandon != errors.Is(err, errAbandoned) || !abandon && err != nil {
		t.Fatal(err)
	}
	if !abandon {
		m.want = next
	}
}

func (m *spaceModel) compare(t *testing.T) {
	t.Helper()
	view(t, m.v, func(tx *vault.Tx) error {
		s, err := tx.Space(m.source)
		if err != nil {
			return err
		}
		keys := slices.Sorted(maps.Keys(m.want))
		low, high := m.rng.IntN(len(keys)+1), len(keys)
		var from []byte
		if low < len(keys) {
			from = []byte(keys[low])
		} else {
			from = []byte{0xff}
		}
		for _, reverse := range []bool{false, true} {
			expected := slices.Clone(keys[low:high])
			if reverse {
				slices.Reverse(expected)
			}
			var got []string
			for e, err := range s.Scan('a', vault.Range{From: from, Reverse: reverse}) {
				if err != nil {
					return err
				}
				got = append(got, string(e.Key))
				if string(e.Value) != m.want[string(e.Key)] {
					t.Fatalf("%q: wrong value", e.Key)
				}
			}
			if !slices.Equal(got, expected) {
				t.Fatalf("got %d keys, want %d", len(got), len(expected))
			}
		}
		for _, key := range keys {
			if got, err := s.Get('a', []byte(key)); err != nil || string(got) != m.want[key] {
				t.Fatalf("%q: %v", key, err)
			}
		}
		return nil
	})
}

func TestSpace_scan_sees_what_the_loop_writes(t *testing.T) {
	t.Parallel()
	v, _ := create(t)
	const n = 2000
	inSpace(t, v, core.Own, func(s *vault.Space) error {
		for i := range n {
			if err := s.Put('a', fmt.Appendf(nil, "%05d", i), bytes.Repeat([]byte("x"), 100)); err != nil {
				return err
			}
		}
		return nil
	})
	walk := func(s *vault.Space, reverse bool, f func(key string) error) (seen []string) {
		for e, err := range s.Scan('a', vault.Range{Reverse: reverse}) {
			if err != nil {
				t.Fatal(err)
			}
			seen = append(seen, string(e.Key))
			if err := f(string(e.Key)); err != nil {
				t.Fatal(err)
			}
		}
		return seen
	}
	inSpace(t, v, core.Own, func(s *vault.Space) error {
		var want []string
		for i := 0; i < n; i += 2 {
			want = append(want, fmt.Sprintf("%05d", i), fmt.Sprintf("%05d+", i))
		}
		got := walk(s, false, func(key string) error {
			if strings.HasSuffix(key, "+") {
				return nil
			}
			var i int
			fmt.Sscan(strings.TrimLeft(key, "0")+" ", &i)
			return errors.Join(s.Delete('a', fmt.Appendf(nil, "%05d", i+1)), s.Put('a', []byte(key+"+"), bytes.Repeat([]byte("y"), 90)))
		})
		if !slices.Equal(got, want) {
			t.Errorf("forward: saw %d keys, want %d", len(got), len(want))
		}
		want = want[:0]
		for i := n - 2; i >= 0; i -= 2 {
			want = append(want, fmt.Sprintf("%05d+", i), fmt.Sprintf("%05d*", i))
		}
		got = walk(s, true, func(key string) error {
			bare, ok := strings.CutSuffix(key, "+")
			if !ok {
				return nil
			}
			return errors.Join(s.Delete('a', []byte(bare)), s.Put('a', []byte(bare+"*"), nil))
		})
		if !slices.Equal(got, want) {
			t.Errorf("backward: saw %d keys, want %d", len(got), len(want))
		}
		return nil
	})
	verifyClean(t, v)
}

func TestSpace_refuses(t *testing.T) {
	t.Parallel()
	v, _ := create(t)
	var kept *vault.Space
	update(t, v, func(tx *vault.Tx) error {
		s, err := tx.Space(core.Own)
		if err != nil {
			return err
		}
		kept = s
		for name, err := range map[string]error{
			"the vault's keyspace":  s.Put('d', []byte("k"), nil),
			"its deletion":          s.Delete('i', []byte("k")),
			"no letter":             s.Put('#', []byte("k"), nil),
			"a long key":            s.Put('a', make([]byte, 768), nil),
			"a large value":         s.Put('a', []byte("k"), make([]byte, 32<<20+1)),
			"dropping the own room": tx.DropSpace(core.Own),
		} {
			if core.CodeOf(err) != core.Invalid {
				t.Errorf("%s: got %v, want invalid", name, err)
			}
		}
		if err := s.Put('a', make([]byte, 767), make([]byte, 32<<20)); err != nil {
			t.Errorf("the largest: %v", err)
		}
		if _, err := s.Get('a', []byte("nothing")); core.CodeOf(err) != core.NotFound {
			t.Errorf("missing key: got %v", err)
		}
		if _, err := tx.Space(core.NewSourceID()); core.CodeOf(err) != core.NotFound {
			t.Errorf("missing space: got %v", err)
		}
		return nil
	})
	if _, err := kept.Get('a', []byte("k")); core.CodeOf(err) != core.Invalid {
		t.Errorf("after the end: got %v", err)
	}
	view(t, v, func(tx *vault.Tx) error {
		s, err := tx.Space(core.Own)
		if err != nil {
			return err
		}
		if err := s.Put('a', []byte("k"), nil); core.CodeOf(err) != core.Invalid {
			t.Errorf("put in a view: got %v", err)
		}
		return nil
	})
}

func TestUpdate_that_panics_leaves_the_vault_usable(t *testing.T) {
	t.Parallel()
	v, _ := create(t)
	func() {
		defer func() {
			if recover() == nil {
				t.Error("the panic was swallowed")
			}
		}()
		_ = v.Update(t.Context(), func(*vault.Tx) error { panic("a bug of the caller") })
	}()
	update(t, v, func(tx *vault.Tx) error {
		s, err := tx.Space(core.Own)
		if err != nil {
			return err
		}
		return s.Put('a', []byte("k"), []byte("v"))
	})
}
