package vault_test

import (
	"bytes"
	"io"
	"testing"

	"github.com/domicile-home/domicile/core"
	"github.com/domicile-home/domicile/core/vault"
)

func TestRestage_gives_a_put_file_back_to_be_put_again(t *testing.T) {
	t.Parallel()
	for _, n := range []int{0, 5, 200_000, 17<<20 + 5} {
		v, path := create(t)
		source := newSource(t, v)
		content := noise(4, n)
		f := stage(t, v, source, content)
		if err := f.Flush(); err != nil {
			t.Fatal(err)
		}
		var id core.FileID
		inSpace(t, v, source, func(s *vault.Space) (err error) {
			id, err = s.PutFile(f)
			return err
		})
		v = reopen(t, v, path)
		if err := v.Sweep(t.Context()); err != nil {
			t.Fatal(err)
		}
		again, err := v.Restage(t.Context(), source, id)
		if err != nil {
			t.Fatal(err)
		}
		if got, err := io.ReadAll(io.NewSectionReader(again, 0, again.Size())); err != nil || !bytes.Equal(got, content) {
			t.Errorf("%d bytes: got %d %v", n, len(got), err)
		}
		if again.SHA256() != f.SHA256() || again.Name() != "march.pdf" || again.MediaType() != "application/pdf" {
			t.Errorf("got %q %q", again.Name(), again.MediaType())
		}
		if err := again.Discard(t.Context()); err != nil {
			t.Error(err)
		}
		inSpace(t, v, source, func(s *vault.Space) error {
			if got, err := s.PutFile(again); err != nil || got != id {
				t.Errorf("got file %d %v, want %d", got, err, id)
			}
			return nil
		})
		v.Lock()
		if _, err := v.Restage(t.Context(), source, id); core.CodeOf(err) != core.Locked {
			t.Errorf("got %v, want locked", err)
		}
	}
}

func TestRestage_of_nothing(t *testing.T) {
	t.Parallel()
	v, _ := create(t)
	_, err := v.Restage(t.Context(), newSource(t, v), 7)
	if core.CodeOf(err) != core.NotFound {
		t.Errorf("got %v, want not_found", err)
	}
}
