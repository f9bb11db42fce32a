package program

import (
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"io"
	"io/fs"
	"regexp"
	"strings"

	"github.com/domicile-home/domicile/core"
	"github.com/domicile-home/domicile/sdk/protocol"
)

type Program struct {
	Manifest protocol.Manifest
	Wasm     []byte
	strings  map[string]map[string]string
}

func Load(fsys fs.FS) (*Program, error) {
	text, err := fs.ReadFile(fsys, "manifest.json")
	if err != nil {
		return nil, core.E(core.Invalid, "load program", err)
	}
	p := &Program{strings: map[string]map[string]string{}}
	if err := json.Unmarshal(text, &p.Manifest); err != nil {
		return nil, core.E(core.Invalid, "load program", err)
	}
	p.Wasm, err = fs.ReadFile(fsys, p.Manifest.Module)
	if err != nil {
		zipped, err := fs.ReadFile(fsys, p.Manifest.Module+".gz")
		if err != nil {
			return nil, core.E(core.Invalid, "load program", err)
		}
		r, err := gzip.NewReader(bytes.NewReader(zipped))
		if err != nil {
			return nil, err
		}
		if p.Wasm, err = io.ReadAll(r); err != nil {
			return nil, err
		}
	}
	sum := sha256.Sum256(p.Wasm)
	p.Manifest.SHA256 = hex.EncodeToString(sum[:])
	for _, lang := range []string{"en", "fr"} {
		text, err := fs.ReadFile(fsys, "strings/"+lang+".json")
		if err != nil {
			return nil, err
		}
		m := map[string]string{}
		if err := json.Unmarshal(text, &m); err != nil {
			return nil, err
		}
		p.strings[lang] = m
	}
	return p, nil
}

func (p *Program) Text(lang, key string) string {
	if s := p.strings[lang][key]; s != "" {
		return s
	}
	return p.strings["en"][key]
}

func Detect(programs []*Program, name string, head []byte) (*Program, protocol.Accept, bool) {
	for _, p := range programs {
		for _, a := range p.Manifest.Accepts {
			for _, d := range a.Detect {
				if d.Match != "" && regexp.MustCompile(d.Match).Match(head) || d.Root != "" && strings.Contains(string(head), "<"+d.Root) {
					return p, a, true
				}
			}
		}
	}
	return nil, protocol.Accept{}, false
}
