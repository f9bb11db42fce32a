package main

import (
	"fmt"
	"io"
	"net/url"
	"os"

	"github.com/domicile-home/domicile/core"
	"github.com/domicile-home/domicile/core/pack"
)

type packCmds struct {
	List     packListCmd     `cmd:"" help:"List the reference packs that the home keeps."`
	Add      packAddCmd      `cmd:"" help:"Add a reference pack from a file."`
	Follow   packFollowCmd   `cmd:"" help:"Fetch a reference pack from an address, now and once a week."`
	Fetch    packFetchCmd    `cmd:"" help:"Fetch a reference pack that is followed, now."`
	Unfollow packUnfollowCmd `cmd:"" help:"Keep a reference pack as it is; it is fetched no more."`
	Remove   packRemoveCmd   `cmd:"" help:"Remove a reference pack."`
	Sign     packSignCmd     `cmd:"" help:"Make a reference pack of a JSON file."`
}

type packListCmd struct{}

func (packListCmd) Run(s *session) error {
	return s.through(func(d *door) error {
		var all struct {
			Packs []pack.Held `json:"packs"`
		}
		if err := d.call(s.ctx, "GET", "/packs", nil, &all); err != nil {
			return err
		}
		for _, p := range all.Packs {
			fmt.Fprintf(s.out, "%-24s %-10s %-10s %s", p.ID, p.Version, p.Date, plain(p.Publisher))
			if p.Feed != nil {
				fmt.Fprintf(s.out, ", from %s", plain(p.Feed.URL))
			}
			fmt.Fprintln(s.out)
		}
		return nil
	})
}

type packAddCmd struct {
	File string `arg:"" help:"The pack." type:"existingfile"`
}

func (c packAddCmd) Run(s *session) error {
	return s.through(func(d *door) error {
		var held pack.Held
		if err := d.give(s.ctx, "/packs", c.File, &held); err != nil {
			return err
		}
		return s.sayPack(held)
	})
}

func (s *session) sayPack(p pack.Held) error {
	_, err := fmt.Fprintf(s.out, "%s %s of %s, by %s (%x), SHA-256 %s\n", p.ID, p.Version, p.Date, plain(p.Publisher), p.Key, p.SHA256)
	return err
}

type packFollowCmd struct {
	Address string `arg:"" help:"Where the pack is: https://…, or a machine at home in numbers, http://192.168.1.7:8080/x.pack."`
}

func (c packFollowCmd) Run(s *session) error {
	return s.fetchPack("/packs/follow", map[string]string{"address": c.Address})
}

type packFetchCmd struct {
	ID string `arg:"" help:"The pack's id."`
}

func (c packFetchCmd) Run(s *session) error {
	return s.fetchPack("/packs/"+url.PathEscape(c.ID)+"/fetch", nil)
}

// fetchPack asks for a pack to be fetched and says what came.
func (s *session) fetchPack(path string, in any) error {
	return s.through(func(d *door) error {
		var held pack.Held
		if err := d.call(s.ctx, "POST", path, in, &held); err != nil {
			return err
		}
		return s.sayPack(held)
	})
}

type packUnfollowCmd struct {
	ID string `arg:"" help:"The pack's id."`
}

func (c packUnfollowCmd) Run(s *session) error {
	return s.through(func(d *door) error {
		return d.call(s.ctx, "POST", "/packs/"+url.PathEscape(c.ID)+"/unfollow", nil, nil)
	})
}

type packRemoveCmd struct {
	ID string `arg:"" help:"The pack's id."`
}

func (c packRemoveCmd) Run(s *session) error {
	return s.through(func(d *door) error { return d.call(s.ctx, "DELETE", "/packs/"+url.PathEscape(c.ID), nil, nil) })
}

type packSignCmd struct {
	File    string `arg:"" help:"The content, JSON." type:"existingfile"`
	ID      string `help:"The pack's id: lower-case words joined by hyphens." required:""`
	Version string `help:"Numbers and dots, such as 2026.11." required:""`
	signFlags
}

func (c packSignCmd) Run(s *session) error {
	f, err := os.Open(c.File)
	if err != nil {
		return core.E(core.Invalid, "read content", err)
	}
	defer f.Close()
	content, err := io.ReadAll(io.LimitReader(f, pack.MaxContent+1))
	if err != nil {
		return core.E(core.Invalid, "read content", err)
	}
	return c.sign(s, pack.Format, c.ID, c.Version, content)
}
