package main

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"html"
	"io"
	"net"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"regexp"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/domicile-home/domicile/core/apps"
	"github.com/domicile-home/domicile/core/home"
	"github.com/domicile-home/domicile/examples/insurer"
)

const captureEnv = "DOMICILE_TEST_CAPTURE"

// TestCapture_nothing_leaves_before_a_signature opens every page of every
// built-in app of the household in a network name space of its own, where each
// packet is recorded. None is seen but those of the pages themselves, until an
// act is signed: then the insurer gets exactly the bytes shown.
func TestCapture_nothing_leaves_before_a_signature(t *testing.T) {
	if os.Getenv(captureEnv) == "" {
		t.Parallel()
		cmd := exec.CommandContext(t.Context(), os.Args[0], "-test.run", "^"+t.Name()+"$", "-test.v")
		cmd.Env = append(os.Environ(), captureEnv+"=1")
		cmd.SysProcAttr = &syscall.SysProcAttr{Cloneflags: syscall.CLONE_NEWNET}
		if os.Getuid() != 0 {
			cmd.SysProcAttr = &syscall.SysProcAttr{Cloneflags: syscall.CLONE_NEWUSER | syscall.CLONE_NEWNET,
				UidMappings: []syscall.SysProcIDMap{{HostID: os.Getuid(), Size: 1}}, GidMappings: []syscall.SysProcIDMap{{HostID: os.Getgid(), Size: 1}}}
		}
		out, err := cmd.CombinedOutput()
		if errors.Is(err, syscall.EPERM) || errors.Is(err, syscall.ENOSPC) {
			t.Skip("NOTHING WAS CAPTURED: this machine gives no network name space")
		}
		t.Logf("%s", out)
		if err != nil {
			t.Fatal(err)
		}
		return
	}
	capturePages(t)
}

func capturePages(t *testing.T) {
	s := &session{ctx: t.Context(), world: world{in: strings.NewReader(""), out: io.Discard, err: io.Discard, getenv: os.Getenv}}
	programs, err := builtIn()
	if err != nil {
		t.Fatal(err)
	}
	sniff := newSniffer(t)
	seenAtAll(t, sniff)
	abri := insurer.New(insurer.Config{})
	serveInsurer(t, abri)
	err = s.household(programs, time.Now, func(h *household) error {
		if err := h.bring(s); err != nil {
			return err
		}
		rooms, err := h.home.Rooms()
		if err != nil {
			return err
		}
		for _, p := range rooms.Apps.Programs {
			if err := rooms.Apps.Grant(s.ctx, apps.Propose(p, time.Now())); err != nil {
				return err
			}
		}
		token, _, err := rooms.Auth.Open(s.ctx, "capture")
		if err != nil {
			return err
		}
		ctx, stop := context.WithCancel(s.ctx)
		ready, ended := make(chan string, 1), make(chan error, 1)
		go func() {
			ended <- h.home.Serve(ctx, home.Listen{Address: "127.0.0.1:0"}, func(url string) { ready <- url })
		}()
		b := browser{t: t, at: strings.TrimSuffix(<-ready, "/"), cookie: string(token)}
		b.act(sniff, abri)
		stop()
		return <-ended
	})
	if err != nil {
		t.Fatal(err)
	}
}

// seenAtAll holds that the recorder sees what would leave: a connection within
// the machine, and one that leads nowhere.
func seenAtAll(t *testing.T, sniff *sniffer) {
	t.Helper()
	before := unreachable(t)
	for _, address := range []string{"127.0.0.1:9", "192.0.2.1:80"} {
		if _, err := net.DialTimeout("tcp", address, time.Second); err == nil {
			t.Fatalf("%s answers", address)
		}
	}
	if len(sniff.since(t, 0)) == 0 || unreachable(t) == before {
		t.Fatal("the recorder sees nothing")
	}
}

func serveInsurer(t *testing.T, abri *insurer.Insurer) {
	t.Helper()
	l, err := net.Listen("tcp", insurer.Address)
	if err != nil {
		t.Fatal(err)
	}
	server := &http.Server{Handler: abri, ReadHeaderTimeout: time.Minute}
	go func() { _ = server.Serve(l) }() // until it is closed
	t.Cleanup(func() { _ = server.Close() })
}

// A browser walks the pages of the household's home.
type browser struct {
	t      *testing.T
	at     string
	cookie string
	pages  int
}

func (b *browser) send(method, path string, form url.Values) (*http.Response, string) {
	b.t.Helper()
	req, err := http.NewRequestWithContext(b.t.Context(), method, b.at+path, strings.NewReader(form.Encode()))
	if err != nil {
		b.t.Fatal(err)
	}
	req.AddCookie(&http.Cookie{Name: "__Host-domicile", Value: b.cookie})
	if method == "POST" {
		req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		req.Header.Set("Sec-Fetch-Site", "same-origin")
	}
	res, err := http.DefaultTransport.RoundTrip(req)
	if err != nil {
		b.t.Fatal(err)
	}
	defer res.Body.Close()
	body, err := io.ReadAll(res.Body)
	if err != nil {
		b.t.Fatal(err)
	}
	b.pages++
	return res, string(body)
}

// act walks the apps, then signs what one of them proposes.
func (b *browser) act(sniff *sniffer, abri *insurer.Insurer) {
	t := b.t
	home, _ := strconv.Atoi(b.at[strings.LastIndexByte(b.at, ':')+1:])
	insurance, _ := strconv.Atoi(insurer.Address[strings.LastIndexByte(insurer.Address, ':')+1:])
	n, before := sniff.here(t), unreachable(t)
	address := b.walk()
	if address == "" {
		t.Fatal("no app proposes an act")
	}
	_, shown := b.send("GET", address, nil)
	quiet := sniff.since(t, n)
	for _, p := range quiet {
		if int(p.from) != home && int(p.to) != home && !sniff.ends(p, n) {
			t.Errorf("a packet that is not of the pages, from port %d to %d: %q", p.from, p.to, p.payload)
		}
	}
	if now := unreachable(t); now != before || len(abri.Received()) != 0 {
		t.Errorf("something tried to leave: %s, then %s; the insurer received %d", before, now, len(abri.Received()))
	}
	body, form := readDraft(t, shown)
	n += len(quiet)
	path, _, _ := strings.Cut(address, "?")
	res, _ := b.send("POST", path, form)
	if !strings.HasPrefix(res.Header.Get("Location"), "/receipts/") {
		t.Fatalf("signing: %d, to %q", res.StatusCode, res.Header.Get("Location"))
	}
	var wire []byte
	connections := 0
	sent := sniff.since(t, n)
	for _, p := range sent {
		switch {
		case int(p.from) == home || int(p.to) == home || int(p.from) == insurance:
		case int(p.to) == insurance:
			wire = append(wire, p.payload...)
			if p.isSYN {
				connections++
			}
		default:
			t.Errorf("a packet to nobody who was named, from port %d to %d", p.from, p.to)
		}
	}
	b.holds(wire, body, connections)
	if got := abri.Received(); len(got) != 1 || got[0].Body != body || unreachable(t) != before {
		t.Errorf("the insurer received %+v", got)
	}
	t.Logf("SUMMARY capture: %d pages of apps, %d packets of theirs and 0 others; signed: %d bytes shown, %d connection, the same bytes on the wire", b.pages, len(quiet), len(body), connections)
}

// holds compares what went over the wire with what was shown.
func (b *browser) holds(wire []byte, shown string, connections int) {
	b.t.Helper()
	reader := bufio.NewReader(bytes.NewReader(wire))
	req, err := http.ReadRequest(reader)
	if err != nil {
		b.t.Fatalf("%q: %v", wire, err)
	}
	body, err := io.ReadAll(req.Body)
	if err != nil || string(body) != shown || connections != 1 || req.Host != insurer.Address {
		b.t.Errorf("over %d connections to %s: %q, %v; shown was %q", connections, req.Host, body, err, shown)
	}
	if rest, err := io.ReadAll(reader); err != nil || len(rest) > 0 {
		b.t.Errorf("and after it %q, %v", rest, err)
	}
	for name := range req.Header {
		if name != "User-Agent" && name != "Content-Type" && name != "Content-Length" && name != "Accept-Encoding" {
			b.t.Errorf("the header %s", name)
		}
	}
}

// walk opens every page below /apps that another leads to, each with a few of
// the choices that lead to it, and returns the address of an act.
func (b *browser) walk() (address string) {
	const choices = 3 // of one page
	link := regexp.MustCompile(`href="(/(?:apps|receipts)[^"#]*)"`)
	number := regexp.MustCompile(`/why/[0-9]+`)
	queue, seen, times := []string{"/", "/apps", "/receipts"}, map[string]bool{}, map[string]int{}
	for len(queue) > 0 {
		path := queue[0]
		page, _, _ := strings.Cut(number.ReplaceAllString(path, "/why"), "?")
		if queue = queue[1:]; seen[path] || times[page] == choices {
			continue
		}
		seen[path] = true
		times[page]++
		res, text := b.send("GET", path, nil)
		if res.StatusCode != http.StatusOK {
			b.t.Errorf("%s: %d", path, res.StatusCode)
		}
		if strings.Contains(path, "/acts/") {
			address = path
		}
		for _, m := range link.FindAllStringSubmatch(text, -1) {
			queue = append(queue, html.UnescapeString(m[1]))
		}
	}
	b.t.Logf("%d different pages", len(times))
	return address
}

// readDraft reads the bytes that a signing page shows, and fills in its form.
func readDraft(t *testing.T, page string) (body string, form url.Values) {
	t.Helper()
	pre := regexp.MustCompile(`(?s)<pre[^>]*>(.*?)</pre>`).FindStringSubmatch(page)
	if pre == nil {
		t.Fatalf("no bytes are shown: %.2000s", page)
	}
	form = url.Values{"password": {demoPassword}, "allow": {"yes"}}
	for _, m := range regexp.MustCompile(`<input type="hidden" name="([^"]+)" value="([^"]*)">`).FindAllStringSubmatch(page, -1) {
		form.Set(m[1], html.UnescapeString(m[2]))
	}
	return html.UnescapeString(pre[1]), form
}
