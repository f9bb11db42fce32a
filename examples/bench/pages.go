package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"time"

	"github.com/domicile-home/domicile/core"
	"github.com/domicile-home/domicile/core/connect"
	"github.com/domicile-home/domicile/core/home"
	"github.com/domicile-home/domicile/core/vault"
)

// pagedRecords is how many records the home has whose pages are measured: ten
// years of a busy household.
const pagedRecords = 200_000

// pages measures how long the server takes for a page of a large home, and what
// the page weighs on the wire.
func (b *bench) pages(ctx context.Context) error {
	if err := b.build(ctx); err != nil {
		return err
	}
	if _, err := b.fill(ctx, "paged", pagedRecords); err != nil {
		return err
	}
	c, err := startChild(ctx, partHome, b.dir)
	if err != nil {
		return err
	}
	answer, err := c.ask(request{Do: "pages", Words: []string{"paged"}, N: 5 * b.rounds})
	if err := errors.Join(err, c.end()); err != nil {
		return err
	}
	for _, page := range pagesAsked() {
		took, size := answer.Values[page.name], answer.Values[page.name+" size"]
		b.table.add(row{what: fmt.Sprintf("%d,000 records: the server's time for %s, p50", pagedRecords/1000, page.name), ours: seconds(took),
			reference: fmt.Sprintf("transferred: %.0f kB, aim ≤ 60", size/1000), aim: "≤ " + seconds(page.aim), held: both(atMost(took, page.aim), atMost(size, 60e3))})
	}
	return b.remove("paged")
}

func both(a, b verdict) verdict {
	if a == met {
		return b
	}
	return a
}

// fill makes a home of so many records, all searchable, and returns how long
// each batch took.
func (b *bench) fill(ctx context.Context, name string, records int) (took []float64, err error) {
	c, err := startChild(ctx, partSealedIndex, b.path(name))
	if err != nil {
		return nil, err
	}
	const chunk = 10
	for n := 0; n < records/batchSize; n += chunk {
		answer, err := c.ask(request{Do: "load", From: n, N: chunk})
		if err != nil {
			return nil, errors.Join(err, c.end())
		}
		took = append(took, answer.Took...)
		if n%100 == 0 {
			b.note("%d records in %s", (n+chunk)*batchSize, seconds(sum(took)))
		}
	}
	return took, c.end()
}

// A pageAsked is a page and how long it may take, in seconds.
type pageAsked struct {
	name, path string
	aim        float64
}

func pagesAsked() []pageAsked {
	return []pageAsked{
		{"the first page", "/", .02},
		{"the timeline", "/timeline", .02},
		{"the timeline of one type, with its months' totals", "/timeline?type=bill", .02},
		{"the first letter of a search", "/search?typing=1&q=c", .1},
		{"the third letter of a search", "/search?typing=1&q=pro", .1},
	}
}

// pages serves the home of a name and asks for each page so many times. The
// values are each one's median in seconds and its size in bytes.
func (p *homePart) pages(ctx context.Context, name string, times int) (map[string]float64, error) {
	var err error
	if p.home, err = home.Open(ctx, p.config(name), p.shared); err != nil {
		return nil, err
	}
	if err := p.home.Unlock(ctx, vault.Password(benchPassword)); err != nil {
		return nil, err
	}
	rooms, err := p.home.Rooms()
	if err != nil {
		return nil, err
	}
	if err := nameSources(ctx, rooms.Vault); err != nil {
		return nil, err
	}
	token, _, err := rooms.Auth.Open(ctx, "bench")
	if err != nil {
		return nil, err
	}
	ctx, stop := context.WithCancel(ctx)
	served, url := make(chan error, 1), make(chan string, 1)
	go func() {
		served <- p.home.Serve(ctx, home.Listen{Address: "127.0.0.1:0"}, func(at string) { url <- at })
	}()
	values, err := map[string]float64{}, error(nil)
	select {
	case at := <-url:
		for _, page := range pagesAsked() {
			if values[page.name], values[page.name+" size"], err = askPage(ctx, at+page.path, token, times); err != nil {
				break
			}
		}
	case err = <-served:
		served <- nil
	}
	stop()
	return values, errors.Join(err, <-served)
}

// nameSources makes sources of the spaces that were filled past connect.
func nameSources(ctx context.Context, v *vault.Vault) error {
	return v.Update(ctx, func(tx *vault.Tx) error {
		for _, id := range tx.Spaces() {
			if id == core.Own {
				continue
			}
			space, err := tx.Space(id)
			if err != nil {
				return err
			}
			text, err := json.Marshal(connect.Source{ID: id, Connector: builtConnector, Label: "Bench", Created: time.Now(), Paused: true})
			if err != nil {
				return err
			}
			if err := space.Put('s', []byte("source"), text); err != nil {
				return err
			}
		}
		return nil
	})
}

// askPage asks for a page again and again and returns the median time and the
// bytes that came.
func askPage(ctx context.Context, url string, token core.Secret, times int) (took, size float64, err error) {
	client := &http.Client{Transport: &http.Transport{DisableCompression: true}}
	var all []float64
	for range times {
		one, err := timed(func() error {
			r, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
			if err != nil {
				return err
			}
			r.Header.Set("Accept-Encoding", "gzip")
			r.AddCookie(&http.Cookie{Name: "__Host-domicile", Value: string(token)})
			res, err := client.Do(r)
			if err != nil {
				return err
			}
			n, err := io.Copy(io.Discard, res.Body)
			size = float64(n)
			if res.StatusCode != http.StatusOK {
				err = fmt.Errorf("%s: %s", url, res.Status)
			}
			return errors.Join(err, res.Body.Close())
		})
		if err != nil {
			return 0, 0, err
		}
		all = append(all, one)
	}
	return median(all), size, nil
}
