// Package program reads the packages of connectors and apps: a folder with
// manifest.json, strings for people in each language, and a wasm module.
//
// A package is data from strangers: everything in it is bounded, unknown
// members are refused, and an error names the member that is wrong. Whether the
// hosts are fit to be reached is for the room that reaches them (see [Load]),
// and what the module may import for the sandbox.
package program

import (
	"errors"
	"fmt"
	"io/fs"

	"github.com/domicile-home/domicile/core"
	"github.com/domicile-home/domicile/sdk/protocol"
)

const fallback = "en" // the language of last resort

// A Program is a package that was read and found valid. It does not change.
type Program struct {
	Manifest protocol.Manifest // with SHA256 filled in
	Strings  map[string]map[string]string

	files fs.FS
	kinds []kind // of files, in the order of Manifest.Accepts
}

// Load reads and validates the package in fsys: manifest.json, strings/xx.json
// for each language, and the module, as it is or, with ".gz" after its name,
// compressed. The rules of Hosts and Use beyond their shape are those of
// fetch.CheckManifest, which this room does not import: whoever installs a
// program calls it; a client of fetch for other hosts is refused in any case.
// It returns [core.Invalid] for whatever is wrong with the package.
func Load(fsys fs.FS) (*Program, error) {
	p, err := load(fsys)
	if err != nil {
		return nil, core.E(core.Invalid, "load program", err)
	}
	return p, nil
}

// LoadAll reads the packages in the folders connectors and apps of fsys, as make
// build leaves them. It returns what Load does, and fs.ErrNotExist when there are
// no connectors.
func LoadAll(fsys fs.FS) (all []*Program, err error) {
	for _, kind := range []string{"connectors", "apps"} {
		folders, err := fs.ReadDir(fsys, kind)
		if errors.Is(err, fs.ErrNotExist) && kind == "apps" {
			continue
		}
		if err != nil {
			return nil, err
		}
		for _, folder := range folders {
			sub, err := fs.Sub(fsys, kind+"/"+folder.Name())
			if err != nil {
				return nil, err
			}
			p, err := Load(sub)
			if err != nil {
				return nil, fmt.Errorf("%s/%s: %w", kind, folder.Name(), err)
			}
			all = append(all, p)
		}
	}
	return all, nil
}

func load(fsys fs.FS) (*Program, error) {
	m, err := readManifest(fsys)
	if err != nil {
		return nil, err
	}
	p := &Program{Manifest: m, files: fsys}
	if p.kinds, err = newKinds(m.Accepts); err != nil {
		return nil, err
	}
	if p.Strings, err = readStrings(fsys, m); err != nil {
		return nil, err
	}
	if _, p.Manifest.SHA256, err = readModule(fsys, m); err != nil {
		return nil, err
	}
	return p, nil
}

// Wasm reads the module, decompressed, which is too large to keep. It returns
// [core.Invalid] when the files of the package are no longer what they were.
func (p *Program) Wasm() ([]byte, error) {
	wasm, _, err := readModule(p.files, p.Manifest)
	if err != nil {
		return nil, core.E(core.Invalid, "read module", err)
	}
	return wasm, nil
}

// IsApp reports whether p is an app.
func (p *Program) IsApp() bool { return p.Manifest.Kind == protocol.KindApp }

// Text returns the string of key in language, in English when language has
// none, "" when there is none at all.
func (p *Program) Text(language, key string) string {
	if text := p.Strings[language][key]; text != "" {
		return text
	}
	return p.Strings[fallback][key]
}
