package web_test

import (
	"bufio"
	"context"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/domicile-home/domicile/core"
	"github.com/domicile-home/domicile/core/auth"
	"github.com/domicile-home/domicile/core/vault"
	"github.com/domicile-home/domicile/core/web"
	"github.com/domicile-home/domicile/sdk/record"
)

// watch opens the stream of a house through a real server and returns its
// events' names.
func watch(t *testing.T, h *house) <-chan string {
	t.Helper()
	site, err := web.NewSite(web.SiteConfig{Home: h.Home, Attempts: auth.NewAttempts(time.Now), Clock: time.Now, Zone: time.UTC, Log: h.Log, Done: t.Context().Done()})
	if err != nil {
		t.Fatal(err)
	}
	server := httptest.NewServer(site)
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	t.Cleanup(func() { cancel(); server.Close() })
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, server.URL+"/live", nil)
	if err != nil {
		t.Fatal(err)
	}
	r.AddCookie(&http.Cookie{Name: cookie, Value: h.session})
	res, err := http.DefaultClient.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = res.Body.Close() })
	if got := res.Header.Get("Content-Type"); got != "text/event-stream" {
		t.Fatalf("%d %s", res.StatusCode, got)
	}
	lines := bufio.NewScanner(res.Body)
	lines.Scan() // the comment that the stream begins with: what comes later is told
	names := make(chan string, 10)
	go func() {
		defer close(names)
		for lines.Scan() {
			if name, ok := strings.CutPrefix(lines.Text(), "event: "); ok {
				names <- name
			}
		}
	}()
	return names
}

func TestLive_tells_of_a_change_and_of_the_end(t *testing.T) {
	t.Parallel()
	s := nothingYet(t)
	events := watch(t, s.house)
	var source core.SourceID
	err := s.rooms(t).Vault.Update(t.Context(), func(tx *vault.Tx) (err error) {
		source, err = tx.CreateSpace()
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	s.put(t, source, core.Record{Type: record.TypeDocument, ID: "1", Title: "a letter", Data: []byte(`{}`)})
	if got := <-events; got != "change" {
		t.Errorf("after a record: %q", got)
	}
	s.Lock()
	for got := range events {
		if got == "gone" {
			return
		}
	}
	t.Error("the stream ended without a word")
}
