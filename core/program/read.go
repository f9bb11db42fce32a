package program

import (
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/domicile-home/domicile/sdk/protocol"
)

const (
	maxText    = 256 << 10 // bytes of manifest.json or of a strings file
	maxStrings = 512
	maxString  = 2000 // bytes of a string for people
)

// wasmStart is the magic and the version of a core wasm module.
const wasmStart = "\x00asm\x01\x00\x00\x00"

func readManifest(fsys fs.FS) (m protocol.Manifest, err error) {
	const name = "manifest.json"
	text, err := readObject(fsys, name)
	if err != nil {
		return m, err
	}
	if err := checkKeys(text); err != nil {
		return m, fmt.Errorf("%s: %w", name, err)
	}
	d := json.NewDecoder(bytes.NewReader(text))
	d.DisallowUnknownFields()
	if err := d.Decode(&m); err != nil {
		return m, fmt.Errorf("%s: %w", name, err)
	}
	if err := Validate(m); err != nil {
		return m, fmt.Errorf("%s: %w", name, err)
	}
	return m, nil
}

// checkKeys refuses keys that encoding/json would take for a member's although
// they are not spelt as it is: "ID", "id" with a long s.
func checkKeys(text []byte) error {
	d := json.NewDecoder(bytes.NewReader(text))
	var m any
	if err := d.Decode(&m); err != nil {
		return err
	}
	return eachKey(m, func(key string) error {
		if strings.Trim(key, "abcdefghijklmnopqrstuvwxyz0123456789_") != "" {
			return fmt.Errorf("unknown member %q", key)
		}
		return nil
	})
}

func eachKey(v any, check func(string) error) error {
	switch v := v.(type) {
	case map[string]any:
		for key, value := range v {
			if err := errors.Join(check(key), eachKey(value, check)); err != nil {
				return err
			}
		}
	case []any:
		for _, value := range v {
			if err := eachKey(value, check); err != nil {
				return err
			}
		}
	}
	return nil
}

// readObject reads a file that is one JSON object, without duplicate keys.
func readObject(fsys fs.FS, name string) ([]byte, error) {
	text, err := readFile(fsys, name, maxText)
	if err != nil {
		return nil, err
	}
	text = bytes.TrimSpace(text)
	if _, err := protocol.Check(text); err != nil {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	return text, nil
}

// readFile reads a whole file of at most most bytes.
func readFile(fsys fs.FS, name string, most int64) ([]byte, error) {
	f, err := fsys.Open(name)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	return readAll(f, name, most)
}

func readAll(r io.Reader, name string, most int64) ([]byte, error) {
	data, err := io.ReadAll(io.LimitReader(r, most+1))
	if err != nil {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	if int64(len(data)) > most {
		return nil, fmt.Errorf("%s: over %d bytes", name, most)
	}
	return data, nil
}

// readModule returns the module and its SHA-256, which is the manifest's where
// that gives one.
func readModule(fsys fs.FS, m protocol.Manifest) (wasm []byte, sum string, err error) {
	wasm, err = readFile(fsys, m.Module, protocol.MaxModule)
	if errors.Is(err, fs.ErrNotExist) {
		wasm, err = readCompressed(fsys, m.Module+".gz")
	}
	if err != nil {
		return nil, "", fmt.Errorf("module: %w", err)
	}
	if !bytes.HasPrefix(wasm, []byte(wasmStart)) {
		return nil, "", fmt.Errorf("module: %s is no wasm module", m.Module)
	}
	digest := sha256.Sum256(wasm)
	sum = hex.EncodeToString(digest[:])
	if m.SHA256 != "" && m.SHA256 != sum {
		return nil, "", fmt.Errorf("sha256: %s has %s", m.Module, sum)
	}
	return wasm, sum, nil
}

func readCompressed(fsys fs.FS, name string) ([]byte, error) {
	f, err := fsys.Open(name)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	z, err := gzip.NewReader(f)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	return readAll(z, name, protocol.MaxModule)
}

// readStrings reads the strings of every language. Each language has the keys
// that the manifest names, and no other but, in a program that asks the person,
// its prompts, which are the same in each language.
func readStrings(fsys fs.FS, m protocol.Manifest) (map[string]map[string]string, error) {
	all := make(map[string]map[string]string, len(m.Languages))
	for _, language := range m.Languages {
		name := "strings/" + language + ".json"
		text, err := readObject(fsys, name)
		if err != nil {
			return nil, err
		}
		var list map[string]string
		if err := json.Unmarshal(text, &list); err != nil {
			return nil, fmt.Errorf("%s: %w", name, err)
		}
		if err := checkStrings(list, m); err != nil {
			return nil, fmt.Errorf("%s: %w", name, err)
		}
		all[language] = list
	}
	for language, list := range all {
		for key := range all[fallback] {
			if _, ok := list[key]; !ok {
				return nil, fmt.Errorf("strings/%s.json: %q is missing", language, key)
			}
		}
		if len(list) != len(all[fallback]) {
			return nil, fmt.Errorf("strings/%s.json: has keys that strings/%s.json has not", language, fallback)
		}
	}
	return all, nil
}

func checkStrings(list map[string]string, m protocol.Manifest) error {
	if len(list) > maxStrings {
		return fmt.Errorf("over %d strings", maxStrings)
	}
	named := stringKeys(m)
	for _, key := range named {
		if list[key] == "" {
			return fmt.Errorf("%q is missing", key)
		}
	}
	for key, text := range list {
		if m.Kind == protocol.KindConnector && len(m.Interactive) == 0 && !slices.Contains(named, key) {
			return fmt.Errorf("%q is named nowhere in the manifest", key)
		}
		if !isText(text, maxString) {
			return fmt.Errorf("%q is empty, over %d bytes or holds control characters", key, maxString)
		}
	}
	return nil
}

// stringKeys returns the keys that m names.
func stringKeys(m protocol.Manifest) []string {
	keys := []string{m.Name, m.Description}
	for _, f := range m.Fields {
		keys = append(keys, f.Label)
	}
	for _, r := range m.Reads {
		keys = append(keys, r.Purpose)
	}
	for _, a := range m.Acts {
		keys = append(keys, actKeys(a)...)
	}
	return keys
}

// isText reports whether s is one line of readable text.
func isText(s string, most int) bool {
	return s != "" && len(s) <= most && utf8.ValidString(s) && !strings.ContainsFunc(s, unicode.IsControl)
}
