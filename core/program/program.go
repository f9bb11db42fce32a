// Package program reads the packages of connectors and apps: a folder with
// manifest.json, strings for people in each language, and a wasm module.
//
// A package is data from strangers: everything in it is bounded, unknown
// members are refused, and an error names the member that is wrong. Whether the
// hosts are fit to be reached is for the room that reaches them (see [Load]),
// and what the module may import for the sandbox.
package program

import (
	"io/fs"

	"github.com/domicile-home/domicile/core"
	"github.com/domicile-home/domicile/sdk/protocol"
)

const fallback = "en" // the language of last resort

// A Program is a package that was read and found valid. It does not change.
type Program struct {
	Manifest protocol.Manifest // with SHA256 filled in
	Wasm     []byte            // the module, decompressed
	Strings  map[string]map[string]string

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

func load(fsys fs.FS) (*Program, error) {
	m, err := readManifest(fsys)
	if err != nil {
		return nil, err
	}
	p := &Program{Manifest: m}
	if p.kinds, err = newKinds(m.Accepts); err != nil {
		return nil, err
	}
	if p.Strings, err = readStrings(fsys, m); err != nil {
		return nil, err
	}
	if p.Wasm, p.Manifest.SHA256, err = readModule(fsys, m); err != nil {
		return nil, err
	}
	return p, nil
}

// Text returns the string of key in language, in English when language has
// none, "" when there is none at all.
func (p *Program) Text(language, key string) string {
	if text := p.Strings[language][key]; text != "" {
		return text
	}
	return p.Strings[fallback][key]
}
