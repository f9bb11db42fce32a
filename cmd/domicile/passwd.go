package main

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
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
		return wrongPassword(err)
	}
	_, err = fmt.Fprintln(s.out, "The password is changed.")
	return err
}

func (c passwdCmd) chosen(s *session) (core.Secret, error) {
	if c.NewPasswordFile != "" {
		return readSecret(c.NewPasswordFile)
	}
	return s.fresh("--new-password-file FILE")
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
		return wrongPassword(err)
	}
	return s.sheet(made.Recovery)
}

type recoveryUseCmd struct {
	KeyFile         string `help:"Read the recovery key from this file." type:"existingfile" placeholder:"FILE"`
	NewPasswordFile string `help:"Read the new password from this file." type:"existingfile" placeholder:"FILE"`
}

func (c recoveryUseCmd) Run(s *session) error {
	d, _, err := s.enter()
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
		return hint(err, core.Unauthenticated, "Check the key, group by group, with the sheet.")
	}
	_, err = fmt.Fprintln(s.out, "The password is changed. The recovery key still works; make a new one with: domicile recovery new")
	return err
}

func (c recoveryUseCmd) key(s *session) (core.Secret, error) {
	if c.KeyFile != "" {
		return readSecret(c.KeyFile)
	}
	return s.typed("Recovery key: ", "--key-file FILE")
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
	err = writeNew(c.File, func(w io.Writer) error {
		var made struct {
			Key []byte `json:"key"`
		}
		if err := d.call(s.ctx, "POST", "/key-file", nil, &made); err != nil {
			return err
		}
		_, err := w.Write(made.Key)
		return err
	})
	if err != nil {
		return err
	}
	_, err = fmt.Fprintln(s.out, "Whoever reads this file can open the home. Keep it on another disk than the home's.")
	return err
}

// writeNew makes a file that only this user can read, and leaves none when
// write fails. Codes: conflict when it exists, invalid when it cannot be made.
func writeNew(name string, write func(io.Writer) error) error {
	f, err := os.OpenFile(name, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	switch {
	case errors.Is(err, fs.ErrExist):
		return core.E(core.Conflict, "write file", err)
	case err != nil:
		return core.E(core.Invalid, "write file", err)
	}
	if err = write(f); err == nil {
		err = f.Sync()
	}
	if err = errors.Join(err, f.Close()); err != nil {
		return errors.Join(err, os.Remove(name))
	}
	return nil
}

type keyFileRemoveCmd struct{}

func (keyFileRemoveCmd) Run(s *session) error {
	d, err := s.open()
	if err != nil {
		return err
	}
	defer d.close()
	return hint(d.call(s.ctx, "DELETE", "/key-file", nil, nil), core.NotFound, "There is no key file to remove.")
}
