package program

import (
	"archive/zip"
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"regexp"
	"slices"

	"github.com/domicile-home/domicile/core"
	"github.com/domicile-home/domicile/core/signed"
)

// Format is that of the signed file in which a program comes. Its content is a
// ZIP archive of the package.
const Format = "domicile-program-1"

// maxPackage bounds an archive: a manifest, a module, and a file a language.
const maxPackage = 64

var shapeEntry = regexp.MustCompile(`\A(manifest\.json|strings/[a-zA-Z-]{2,12}\.json|[A-Za-z0-9][A-Za-z0-9._-]{0,63}\.wasm(\.gz)?)\z`)

// Open reads a program from a signed file. Nothing is unpacked before its name
// is known to be one of a package's, nor beyond what [Load] reads of it. It
// returns [core.Invalid] for whatever is wrong with it.
func Open(file []byte) (*Program, signed.Header, error) {
	f, err := signed.Open(Format, file)
	if err != nil {
		return nil, signed.Header{}, err
	}
	p, err := unpack(f)
	if err != nil {
		return nil, signed.Header{}, core.E(core.Invalid, "open program", err)
	}
	return p, f.Header, nil
}

func unpack(f signed.File) (*Program, error) {
	z, err := zip.NewReader(bytes.NewReader(f.Content), int64(len(f.Content)))
	if err != nil {
		return nil, err
	}
	if len(z.File) > maxPackage {
		return nil, fmt.Errorf("over %d files", maxPackage)
	}
	var names []string
	for _, entry := range z.File {
		if !shapeEntry.MatchString(entry.Name) || slices.Contains(names, entry.Name) || !entry.Mode().IsRegular() {
			return nil, fmt.Errorf("%.80q is no file of a package, or is there twice", entry.Name)
		}
		names = append(names, entry.Name)
	}
	p, err := load(z)
	if err != nil {
		return nil, err
	}
	if p.Manifest.ID != f.ID || p.Manifest.Version != f.Version {
		return nil, errors.New("the manifest has another id or version than the signed header")
	}
	return p, nil
}

// Pack puts a package into an archive, the content of its signed file: the same
// package gives the same bytes. It returns what Load does.
func Pack(fsys fs.FS) ([]byte, *Program, error) {
	p, err := Load(fsys)
	if err != nil {
		return nil, nil, err
	}
	var names []string
	err = fs.WalkDir(fsys, ".", func(name string, d fs.DirEntry, err error) error {
		if err == nil && shapeEntry.MatchString(name) {
			names = append(names, name)
		}
		return err
	})
	if err != nil {
		return nil, nil, core.E(core.Invalid, "pack program", err)
	}
	var out bytes.Buffer
	z := zip.NewWriter(&out)
	for _, name := range names {
		content, err := fs.ReadFile(fsys, name)
		if err != nil {
			return nil, nil, core.E(core.Invalid, "pack program", err)
		}
		w, err := z.Create(name) // without a time
		if err != nil {
			return nil, nil, core.E(core.Invalid, "pack program", err)
		}
		if _, err := w.Write(content); err != nil {
			return nil, nil, core.E(core.Invalid, "pack program", err)
		}
	}
	if err := z.Close(); err != nil {
		return nil, nil, core.E(core.Invalid, "pack program", err)
	}
	return out.Bytes(), p, nil
}
