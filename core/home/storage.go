package home

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/domicile-home/domicile/core/web"
)

// storage measures the files of the home.
func (h *Home) storage() (s web.Storage, err error) {
	info, err := os.Stat(h.path(Vault))
	if err != nil {
		return s, fmt.Errorf("measure vault: %w", err)
	}
	s.Vault = info.Size()
	err = filepath.WalkDir(h.path(Cache), func(_ string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return gone(err)
		}
		info, err := d.Info()
		if err == nil {
			s.Cache += info.Size()
		}
		return gone(err)
	})
	return s, err
}

// gone forgives a file that went while it was looked at.
func gone(err error) error {
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	return err
}
