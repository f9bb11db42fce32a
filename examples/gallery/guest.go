package gallery

import (
	"bytes"
	"crypto/ed25519"
	"encoding/binary"
	"encoding/json"
	"testing/fstest"

	"github.com/domicile-home/domicile/core/program"
	"github.com/domicile-home/domicile/core/signed"
	"github.com/domicile-home/domicile/sdk/protocol"
	"github.com/domicile-home/domicile/sdk/record"
)

// What a made-up app does once it has said all it has to say.
const (
	Ends    = "\x0b"
	Crashes = "\x00\x0b"                 // unreachable
	Spins   = "\x03\x40\x0c\x00\x0b\x0b" // for ever
)

// guest returns a module that says some frames, each once the one before was
// answered, and then does what end says: WebAssembly, by hand, so that the
// gallery needs no compiler.
func guest(end string, frames ...string) []byte {
	const vectors, answer = 16, 64 << 10 // where the vectors of fd_write and fd_read begin; bytes of an answer that are read
	at := vectors + 8*(len(frames)+1)
	memory, texts, body := make([]byte, vectors), "", ""
	for i, frame := range frames {
		memory = binary.LittleEndian.AppendUint32(memory, uint32(at+len(texts)))
		memory = binary.LittleEndian.AppendUint32(memory, uint32(len(frame)+1))
		texts += frame + "\n"
		body += call(1, vectors+8*i, 0) + call(0, vectors+8*len(frames), 1)
	}
	memory = binary.LittleEndian.AppendUint32(memory, uint32(at+len(texts)))
	memory = binary.LittleEndian.AppendUint32(memory, answer)
	pages := leb((at+len(texts)+answer)>>16 + 1)
	return []byte("\x00asm\x01\x00\x00\x00" +
		section(1, "\x02\x60\x04\x7f\x7f\x7f\x7f\x01\x7f\x60\x00\x00") +
		section(2, "\x02"+sized("wasi_snapshot_preview1")+sized("fd_write")+"\x00\x00"+sized("wasi_snapshot_preview1")+sized("fd_read")+"\x00\x00") +
		section(3, "\x01\x01") +
		section(5, "\x01\x00"+pages) +
		section(7, "\x02"+sized("memory")+"\x02\x00"+sized("_start")+"\x00\x02") +
		section(10, "\x01"+sized("\x00"+body+end)) +
		section(11, "\x01\x00\x41\x00\x0b"+sized(string(memory)+texts)))
}

// call calls fd_write or fd_read, the functions 0 and 1, with one vector.
func call(file, vector, function int) string {
	return number(file) + number(vector) + number(1) + number(8) + "\x10" + leb(function) + "\x1a"
}

// number pushes n, which is not negative.
func number(n int) string {
	text := "\x41"
	for ; n >= 64; n >>= 7 {
		text += string([]byte{byte(n&127 | 128)})
	}
	return text + string([]byte{byte(n)})
}

func leb(n int) string { return string(binary.AppendUvarint(nil, uint64(n))) }

func sized(s string) string { return leb(len(s)) + s }

func section(id byte, content string) string { return string([]byte{id}) + sized(content) }

// An App is a made-up app: what it asks for, what it calls itself, what it does.
type App struct {
	ID, Name, About, Purpose string
	Reads                    []protocol.Read
	Packs                    []string
	Fields                   []protocol.Field
	Acts                     []protocol.Act
	End                      string   // Ends, Crashes or Spins
	Lines                    []string // what it says, after op start
}

// Program returns the app as a home that came with it has it. It calls itself the
// same in both languages.
func (a App) Program() (*program.Program, error) {
	files, err := a.files("1.0.0")
	if err != nil {
		return nil, err
	}
	return program.Load(files)
}

// files is the app's package.
func (a App) files(version string) (fstest.MapFS, error) {
	for i := range a.Reads {
		a.Reads[i].Purpose = "purpose"
	}
	manifest, err := json.Marshal(protocol.Manifest{Protocol: protocol.Version, Kind: protocol.KindApp, ID: a.ID, Version: version, Name: "name", Description: "about",
		Licence: "Apache-2.0", Runtime: "wasm", Module: "app.wasm", Reads: a.Reads, Packs: a.Packs, Fields: a.Fields, Acts: a.Acts, Languages: []string{"en", "fr"}})
	if err != nil {
		return nil, err
	}
	words, err := json.Marshal(map[string]string{"name": a.Name, "about": a.About, "purpose": a.Purpose})
	if err != nil {
		return nil, err
	}
	file := func(content []byte) *fstest.MapFile { return &fstest.MapFile{Data: content} }
	return fstest.MapFS{"manifest.json": file(manifest), "strings/en.json": file(words), "strings/fr.json": file(words),
		"app.wasm": file(guest(a.End, append([]string{`{"op":"start"}`}, a.Lines...)...))}, nil
}

// Signed returns the app as a file of a version, signed with the key of a seed.
func (a App) Signed(version, publisher string, seed byte) ([]byte, error) {
	files, err := a.files(version)
	if err != nil {
		return nil, err
	}
	content, _, err := program.Pack(files)
	if err != nil {
		return nil, err
	}
	return signed.Seal(signed.Header{Format: program.Format, ID: a.ID, Version: version, Date: record.Date(2026, 11, 28), Publisher: publisher, Licence: "Apache-2.0"},
		content, ed25519.NewKeyFromSeed(bytes.Repeat([]byte{seed}, ed25519.SeedSize)))
}
