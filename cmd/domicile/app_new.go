package main

import (
	"embed"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strings"

	"github.com/domicile-home/domicile/core"
)

// template is the app that app new begins with.
//
//go:embed all:template
var template embed.FS

type appNewCmd struct {
	Dir string `arg:"" help:"The folder to make; its name is the app's id."`
}

func (c appNewCmd) Run(s *session) error {
	id := filepath.Base(filepath.Clean(c.Dir))
	if !regexp.MustCompile(`\A[a-z][a-z0-9]*(-[a-z0-9]+)*\z`).MatchString(id) {
		return core.E(core.Invalid, "begin app", fmt.Errorf("%q is no id: use lower-case words joined by hyphens", id))
	}
	if err := os.Mkdir(c.Dir, 0o755); errors.Is(err, fs.ErrExist) {
		return core.E(core.Conflict, "begin app", fmt.Errorf("%s is there already", plain(c.Dir)))
	} else if err != nil {
		return core.E(core.Invalid, "begin app", err)
	}
	err := fs.WalkDir(template, "template", func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		text, err := template.ReadFile(path)
		if err != nil {
			return err
		}
		to := filepath.Join(c.Dir, strings.TrimSuffix(strings.TrimPrefix(path, "template/"), ".txt"))
		if err := os.MkdirAll(filepath.Dir(to), 0o755); err != nil {
			return err
		}
		return os.WriteFile(to, []byte(strings.ReplaceAll(string(text), "APP", id)), 0o644)
	})
	if err != nil {
		return err
	}
	_, err = fmt.Fprintf(s.out, "%s is begun. Next:\n\n  domicile app run %s\n  domicile app test %s\n  domicile app check %s\n", id, plain(c.Dir), plain(c.Dir), plain(c.Dir))
	return err
}
