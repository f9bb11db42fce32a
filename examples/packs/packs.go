// Package packs holds the contents of example reference packs: tariffs, weather
// and plans that nobody sells or measured, for the demonstrations and the tests
// of the apps that read them. docs/packs.md says what they mean.
//
// They are about no person, and each says that it is made up.
package packs

import (
	"embed"
	"io/fs"
	"strings"
)

//go:embed *.json
var files embed.FS

// Version, Date and Author are what the examples are signed with.
const (
	Version = "2026.11"
	Date    = "2026-11"
	Author  = "Domicile examples, made up"
	Licence = "CC0-1.0"
)

// Names returns the ids of the examples, in order.
func Names() []string {
	all, err := fs.Glob(files, "*.json")
	if err != nil {
		return nil // the pattern is a constant
	}
	for i := range all {
		all[i] = strings.TrimSuffix(all[i], ".json")
	}
	return all
}

// Content returns the content of one, which is JSON; false for no such example.
func Content(name string) ([]byte, bool) {
	text, err := files.ReadFile(name + ".json")
	return text, err == nil
}
