package sandbox

import (
	"bytes"
	"slices"

	"github.com/domicile-home/domicile/core"
)

// Imports lists what a module asks of its host, by name, when that is nothing
// beyond what the sandbox offers: a program can reach nothing else. It returns
// [core.Invalid] for any other module.
func Imports(wasm []byte) (names []string, err error) {
	if err := checkModule(wasm); err != nil {
		return nil, core.E(core.Invalid, "check program", err)
	}
	r := &wasmReader{b: bytes.Clone(wasm[8:])}
	for len(r.b) > 0 {
		id := r.byte()
		section := &wasmReader{b: r.take(r.number())}
		if id != sectionImport {
			continue
		}
		for range section.number() {
			from, name := section.take(section.number()), section.take(section.number())
			section.byte()   // a function
			section.number() // its type
			names = append(names, string(from)+"."+string(name))
		}
	}
	slices.Sort(names)
	return names, nil
}
