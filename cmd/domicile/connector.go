package main

import (
	"archive/zip"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"

	"github.com/domicile-home/domicile/core"
	"github.com/domicile-home/domicile/core/connect"
	"github.com/domicile-home/domicile/core/program"
	"github.com/domicile-home/domicile/sdk/protocol"
)

type connectorCmd struct {
	List connectorListCmd `cmd:"" help:"Print the connectors of this program."`
	Run  connectorRunCmd  `cmd:"" help:"Run the connector of a folder without a home and print its records."`
}

type connectorListCmd struct{}

func (connectorListCmd) Run(s *session) error {
	programs, err := builtIn()
	if err != nil {
		return err
	}
	for _, p := range programs {
		if p.IsApp() {
			continue
		}
		fmt.Fprintf(s.out, "%-14s %-8s %s\n", p.Manifest.ID, p.Manifest.Version, p.Text("en", p.Manifest.Description))
	}
	return nil
}

type connectorRunCmd struct {
	Dir  string `arg:"" help:"The connector's folder; a Go connector is built first." type:"existingdir"`
	JSON bool   `help:"Records as one JSON object a line."`
	File string `help:"Read this file instead of signing in." type:"existingfile"`
	fieldFlags
}

func (c connectorRunCmd) Run(s *session) error {
	p, err := loadFolder(s, c.Dir)
	if err != nil {
		return err
	}
	secrets, err := c.secrets(s)
	if err != nil {
		return err
	}
	shared, err := s.sharedWith([]*program.Program{p})
	if err != nil {
		return err
	}
	defer shared.Close()
	return s.scratch(shared, func(d *door) error {
		r, err := c.once(s, d, p, secrets)
		if err != nil {
			return err
		}
		if c.JSON {
			err = s.printRun(d, r)
		}
		return errors.Join(err, ended(s, r, c.JSON))
	})
}

// once runs the connector on its file, or adds its source and pulls.
func (c connectorRunCmd) once(s *session, d *door, p *program.Program, secrets map[string]string) (connect.Run, error) {
	if c.File != "" {
		return s.importFile(d, c.File, "")
	}
	var added connect.Source
	err := d.addSource(s.ctx, newSource{p.Manifest.ID, "", c.Field, secrets, c.Allow}, &added)
	if err != nil {
		return connect.Run{}, err
	}
	return s.firstRun(d, added)
}

// loadFolder loads a connector or an app under development, as it is now: its
// module may be built in a folder that goes away.
func loadFolder(s *session, dir string) (p *program.Program, err error) {
	err = inPackage(s, dir, func(files fs.FS) error {
		archive, _, err := program.Pack(files)
		if err != nil {
			return err
		}
		kept, err := zip.NewReader(bytes.NewReader(archive), int64(len(archive)))
		if err != nil {
			return err
		}
		p, err = program.Load(kept)
		return err
	})
	return p, err
}

// inPackage hands the package of a folder to use, its module built when its
// source stands beside the manifest.
func inPackage(s *session, dir string, use func(fs.FS) error) error {
	if _, err := os.Stat(filepath.Join(dir, "main.go")); err != nil {
		return use(os.DirFS(dir))
	}
	built, err := os.MkdirTemp("", "domicile-program-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(built)
	if err := os.CopyFS(filepath.Join(built, "strings"), os.DirFS(filepath.Join(dir, "strings"))); err != nil {
		return core.E(core.Invalid, "read strings", err)
	}
	manifest, err := os.ReadFile(filepath.Join(dir, "manifest.json"))
	if err != nil {
		return core.E(core.Invalid, "read manifest", err)
	}
	if err := os.WriteFile(filepath.Join(built, "manifest.json"), manifest, 0o600); err != nil {
		return err
	}
	var module protocol.Manifest
	if err := json.Unmarshal(manifest, &module); err != nil || !filepath.IsLocal(module.Module) {
		return core.E(core.Invalid, "read manifest", errors.Join(err, errors.New("module names no file")))
	}
	build := exec.CommandContext(s.ctx, "go", "build", "-trimpath", "-ldflags=-s -w", "-o", filepath.Join(built, module.Module), ".")
	build.Dir, build.Stderr = dir, s.err
	build.Env = append(os.Environ(), "GOOS=wasip1", "GOARCH=wasm", "CGO_ENABLED=0")
	if err := build.Run(); err != nil {
		return core.E(core.Invalid, "build program", err)
	}
	return use(os.DirFS(built))
}
