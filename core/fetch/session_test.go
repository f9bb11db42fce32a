package fetch_test

import (
	"errors"
	"fmt"
	"io"
	"net/http"
	"sync"
	"testing"

	"github.com/domicile-home/domicile/core/fetch"
	"github.com/domicile-home/domicile/sdk/protocol"
)

// login is a site with a form, a cookie and a page behind them.
func login(w http.ResponseWriter, r *http.Request) {
	session, err := r.Cookie("session")
	switch {
	case r.URL.Path == "/login" && r.FormValue("p") == "hunter22":
		http.SetCookie(w, &http.Cookie{Name: "session", Value: "s1", Path: "/", Secure: true, HttpOnly: true})
		http.Redirect(w, r, "/home", http.StatusSeeOther)
	case err == nil && session.Value == "s1":
		io.WriteString(w, "welcome")
	default:
		w.WriteHeader(http.StatusUnauthorized)
	}
}

func TestSession_lasts_from_hop_to_hop_and_run_to_run(t *testing.T) {
	t.Parallel()
	n := newInternet(t)
	host, policy := n.bank(login)
	n.name("www.bank.test", "127.0.0.1")
	policy.Hosts = append(policy.Hosts, "www."+host)
	jar := new(fetch.Jar)
	c := n.client(policy, fetch.Options{Jar: jar, Secrets: []fetch.Secret{{Name: "password", Value: "hunter22",
		Use: []protocol.Use{{Host: host, Method: "POST", Path: "/login", Place: "form", Name: "p"}}}}})
	r, body := form("https://"+host+"/login", "p", mark)
	if resp, text := mustRead(t, c, r, body); text != "welcome" || resp.URL != "https://"+host+"/home" {
		t.Fatalf("got %d %q at %s", resp.Status, text, resp.URL)
	}
	if resp, _ := mustRead(t, c, get("https://www."+host+"/home"), nil); resp.Status != http.StatusUnauthorized {
		t.Error("another host was sent the cookie")
	}
	state, err := jar.State()
	if err != nil {
		t.Fatal(err)
	}
	kept, err := fetch.NewJar(state)
	if err != nil {
		t.Fatal(err)
	}
	if _, text := mustRead(t, n.client(policy, fetch.Options{Jar: kept}), get("https://"+host+"/home"), nil); text != "welcome" {
		t.Error("the next run is not signed in")
	}
	if resp, _ := mustRead(t, n.client(policy, fetch.Options{}), get("https://"+host+"/home"), nil); resp.Status != http.StatusUnauthorized {
		t.Error("another source is signed in")
	}
}

func TestRetryAfter_is_a_reply_first_and_a_refusal_then(t *testing.T) {
	t.Parallel()
	n := newInternet(t)
	host, policy := n.bank(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Retry-After", "120")
		w.WriteHeader(http.StatusTooManyRequests)
	})
	c := n.client(policy, fetch.Options{})
	if resp, _ := mustRead(t, c, get("https://"+host), nil); resp.Status != http.StatusTooManyRequests || resp.Header.Get("Retry-After") != "120" {
		t.Errorf("got %+v", resp)
	}
	_, err := c.Do(t.Context(), get("https://"+host), nil)
	wantCode(t, err, protocol.RateLimited)
	if d := fetch.RetryAfter(err).Seconds(); d < 100 || d > 120 {
		t.Errorf("got %v s", d)
	}
	if d := fetch.RetryAfter(fmt.Errorf("run: %w", errors.New("else"))); d != 0 {
		t.Errorf("got %v for another error", d)
	}
}

// Many goroutines on one Client, one Jar and one Pace: for -race.
func TestClient_is_safe_for_concurrent_use(t *testing.T) {
	t.Parallel()
	n := newInternet(t)
	host, policy := n.bank(func(w http.ResponseWriter, r *http.Request) {
		http.SetCookie(w, &http.Cookie{Name: "c" + r.URL.Query().Get("i"), Value: "1"})
		echo(w, r)
	})
	policy.Limits.Requests = 30
	jar, pace := new(fetch.Jar), fetch.NewPace(nil)
	secrets := []fetch.Secret{{Name: "password", Value: "hunter22",
		Use: []protocol.Use{{Host: host, Method: "POST", Path: "/", Place: "form", Name: "p"}}}}
	var wg sync.WaitGroup
	for range 2 {
		c := n.client(policy, fetch.Options{Jar: jar, Pace: pace, Secrets: secrets})
		for i := range 10 {
			wg.Go(func() {
				r, body := form(fmt.Sprintf("https://%s/?i=%d", host, i), "p", mark)
				_, text, err := read(t, c, r, body)
				if err != nil || text != "p="+mark {
					t.Errorf("got %q, %v", text, err)
				}
				if _, err := jar.State(); err != nil {
					t.Error(err)
				}
			})
		}
	}
	wg.Wait()
}
