package search

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/domicile-home/domicile/core"
)

// formatVersion changes with the files' form and with how texts are cut into
// terms or terms into stems. An index of another version is made anew.
const formatVersion = 1

const (
	manifestFile = "manifest"
	manifestNew  = "manifest.new"
	manifestName = "search/manifest" // what it is sealed under
)

// A manifest says what the index holds. It is replaced as a whole by each
// commit, so that a crash leaves the one before or the one after.
type manifest struct {
	Format   int         `json:"format"`
	Position core.Change `json:"position"` // the latest change that is in the index
	// Repair, when set, says that records whose latest change comes after it, up
	// to Position, may be missing: a partition was lost.
	Repair     *core.Change    `json:"repair,omitempty"`
	Recent     []recentChange  `json:"recent,omitempty"`
	Partitions []partitionInfo `json:"partitions"`
}

// A recentChange is one of the latest changes read. A journal that gives its
// number to another record is not the journal that was followed.
type recentChange struct {
	Change core.Change `json:"change"`
	Ref    core.Ref    `json:"ref"`
}

// maxRecent bounds the changes remembered.
const maxRecent = 64

// remember keeps the latest of entries.
func (m *manifest) remember(entries []Entry) {
	recent := append([]recentChange(nil), m.Recent...)
	for _, e := range entries[max(0, len(entries)-maxRecent):] {
		if e.Op != DropSource {
			recent = append(recent, recentChange{e.Change, e.Ref})
		}
	}
	m.Recent = recent[max(0, len(recent)-maxRecent):]
}

// agrees reports whether entries, read from the journal after the change that
// comes before the first remembered one, are of the journal that was followed.
func (m *manifest) agrees(entries []Entry) bool {
	known := map[core.Change]core.Ref{}
	for _, r := range m.Recent {
		known[r.Change] = r.Ref
	}
	for _, e := range entries {
		if ref, ok := known[e.Change]; e.Change <= m.Position && e.Op != DropSource && (!ok || ref != e.Ref) {
			return false
		}
	}
	return true
}

// readManifest reads the manifest of dir. It returns errDamaged when there is
// one that cannot be used, and fs.ErrNotExist when there is none.
func readManifest(sealer Sealer, dir string) (manifest, error) {
	sealed, err := os.ReadFile(filepath.Join(dir, manifestFile))
	if err != nil {
		return manifest{}, fmt.Errorf("read the index: %w", err)
	}
	plain, err := sealer.Open(manifestName, sealed)
	if err != nil {
		return manifest{}, fmt.Errorf("%w: altered, or sealed under another key", errDamaged)
	}
	var m manifest
	if err := json.Unmarshal(plain, &m); err != nil {
		return manifest{}, fmt.Errorf("%w: %w", errDamaged, err)
	}
	if m.Format != formatVersion {
		return manifest{}, fmt.Errorf("%w: version %d, want %d", errDamaged, m.Format, formatVersion)
	}
	return m, nil
}

// write replaces the manifest of dir. It is on disk when write returns.
func (m *manifest) write(sealer Sealer, dir string) error {
	plain, err := json.Marshal(m)
	if err != nil {
		return fmt.Errorf("write the index: %w", err)
	}
	fresh := filepath.Join(dir, manifestNew)
	err = writeFile(fresh, sealer.Seal(manifestName, plain))
	if err == nil {
		err = os.Rename(fresh, filepath.Join(dir, manifestFile))
	}
	if err == nil {
		err = syncDir(dir)
	}
	if err != nil {
		return fmt.Errorf("write the index: %w", err)
	}
	return nil
}

func writeFile(path string, data []byte) error {
	file, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_TRUNC, 0o600)
	if err != nil {
		return err
	}
	_, err = file.Write(data)
	if err == nil {
		err = file.Sync()
	}
	return errors.Join(err, file.Close())
}

func syncDir(dir string) error {
	d, err := os.Open(dir)
	if err != nil {
		return err
	}
	return errors.Join(d.Sync(), d.Close())
}

// clean removes the files of dir that the index made and the manifest does not
// name.
func (m *manifest) clean(dir string) error {
	keep := map[string]bool{manifestFile: true}
	for i := range m.Partitions {
		keep[m.Partitions[i].File] = true
	}
	entries, err := os.ReadDir(dir)
	if err != nil {
		return fmt.Errorf("list the index: %w", err)
	}
	for _, entry := range entries {
		if keep[entry.Name()] || entry.Name() != manifestNew && !isFileName(entry.Name()) {
			continue
		}
		if err := os.Remove(filepath.Join(dir, entry.Name())); err != nil {
			return fmt.Errorf("clean the index: %w", err)
		}
	}
	return nil
}

// forgetMissing takes the partitions out whose files are gone or have another
// length than was written, and reports whether there were any.
func (m *manifest) forgetMissing(dir string) bool {
	kept := m.Partitions[:0]
	for _, p := range m.Partitions {
		info, err := os.Stat(filepath.Join(dir, p.File))
		if errors.Is(err, fs.ErrNotExist) || err == nil && info.Size() != p.fileSize() {
			continue
		}
		kept = append(kept, p)
	}
	lost := len(kept) < len(m.Partitions)
	m.Partitions = kept
	return lost
}
