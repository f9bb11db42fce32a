package main

import (
	"encoding/base64"
	"fmt"
	"os"

	"github.com/domicile-home/domicile/core"
)

type passwdCmd struct {
	NewPasswordFile string `help:"Read the new password from this file." type:"existingfile" placeholder:"FILE"`
}

func (c passwdCmd) Run(s *session) error {
	d, err := s.open()
	if err != nil {
		return err
	}
	defer d.close()
	old, err := s.password("Present password: ")
	if err != nil {
		return err
	}
	chosen, err := c.chosen(s)
	if err != nil {
		return err
	}
	if err := d.call(s.ctx, "POST", "/password", map[string]string{"old": string(old), "password": string(chosen)}, nil); err != nil {
		return err
	}
	_, err = fmt.Fprintln(s.out, "The password is changed.")
	return err
}

func (c passwdCmd) chosen(s *session) (core.Secret, error) {
	if c.NewPasswordFile != "" {
		return readSecret(c.NewPasswordFile)
	}
	return s.fresh()
}

type recoveryCmds struct {
	New recoveryNewCmd `cmd:"" help:"Make a new recovery key; the old one stops working."`
	Use recoveryUseCmd `cmd:"" help:"Set a new password with the recovery key."`
}

type recoveryNewCmd struct{}

func (recoveryNewCmd) Run(s *session) error {
	d, err := s.open()
	if err != nil {
		return err
	}
	defer d.close()
	password, err := s.password("Password: ")
	if err != nil {
		return err
	}
	var made struct {
		Recovery string `json:"recovery"`
	}
	if err := d.call(s.ctx, "POST", "/recovery", map[string]string{"password": string(password)}, &made); err != nil {
		return err
	}
	return s.sheet(made.Recovery)
}

type recoveryUseCmd struct {
	KeyFile         string `help:"Read the recovery key from this file." type:"existingfile" placeholder:"FILE"`
	NewPasswordFile string `help:"Read the new password from this file." type:"existingfile" placeholder:"FILE"`
}

func (c recoveryUseCmd) Run(s *session) error {
	d, _, err := s.knock()
	if err != nil {
		return err
	}
	defer d.close()
	key, err := c.key(s)
	if err != nil {
		return err
	}
	chosen, err := passwdCmd{c.NewPasswordFile}.chosen(s)
	if err != nil {
		return err
	}
	if err := d.call(s.ctx, "POST", "/recovery/use", map[string]string{"recovery": string(key), "password": string(chosen)}, nil); err != nil {
		return err
	}
	_, err = fmt.Fprintln(s.out, "The password is changed. The recovery key still works; make a new one with: domicile recovery new")
	return err
}

func (c recoveryUseCmd) key(s *session) (core.Secret, error) {
	if c.KeyFile != "" {
		return readSecret(c.KeyFile)
	}
	return s.typed("Recovery key: ")
}

type keyFileCmds struct {
	New    keyFileNewCmd    `cmd:"" help:"Write a key file; serve --unlock-file starts with it, unattended."`
	Remove keyFileRemoveCmd `cmd:"" help:"Make every key file worthless."`
}

type keyFileNewCmd struct {
	File string `arg:"" help:"Where to write it; it must not exist."`
}

func (c keyFileNewCmd) Run(s *session) error {
	d, err := s.open()
	if err != nil {
		return err
	}
	defer d.close()
	f, err := os.OpenFile(c.File, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return core.E(core.Conflict, "write key file", err)
	}
	defer f.Close()
	var made struct {
		Key string `json:"key"`
	}
	if err := d.call(s.ctx, "POST", "/key-file", nil, &made); err != nil {
		return err
	}
	key, err := base64.StdEncoding.DecodeString(made.Key)
	if err != nil {
		return err
	}
	if _, err := f.Write(key); err != nil {
		return err
	}
	_, err = fmt.Fprintln(s.out, "Whoever reads this file can open the home. Keep it on another disk than the home's.")
	return err
}

type keyFileRemoveCmd struct{}

func (keyFileRemoveCmd) Run(s *session) error {
	d, err := s.open()
	if err != nil {
		return err
	}
	defer d.close()
	return d.call(s.ctx, "DELETE", "/key-file", nil, nil)
}
