// Command guest is the program of the sandbox's tests. The reply to its first
// request says what it does: the member "do".
package main

import (
	"crypto/rand"
	"encoding/json"
	"fmt"
	"os"
	"strings"
	"time"

	"github.com/domicile-home/domicile/sdk/protocol"
)

type host struct {
	in  *protocol.Reader
	out *protocol.Writer
}

// task is what the test asks for.
type task struct {
	OK struct {
		Do    string `json:"do"`
		Times int    `json:"times"`
	} `json:"ok"`
}

func main() {
	h := &host{protocol.NewReader(os.Stdin), protocol.NewWriter(os.Stdout)}
	var t task
	reply := h.call(protocol.Frame{Line: []byte(`{"op":"start"}`)})
	if err := json.Unmarshal(reply.Line, &t); err != nil {
		fail(err)
	}
	do, ok := tasks()[t.OK.Do]
	if !ok {
		fail(fmt.Errorf("unknown task %q", t.OK.Do))
	}
	do(h, t.OK.Times)
}

func tasks() map[string]func(*host, int) {
	return map[string]func(*host, int){
		"":         func(*host, int) {},
		"exchange": exchange,
		"exit":     func(_ *host, n int) { os.Exit(n) },
		"panic":    func(*host, int) { panic("on purpose") },
		"hog":      hog,
		"loop": func(*host, int) {
			for {
			}
		},
		"log":          func(_ *host, n int) { fmt.Fprint(os.Stderr, strings.Repeat("x", n)) },
		"entropy":      entropy,
		"sleep":        sleep,
		"world":        world,
		"echo":         echo,
		"log-and-stay": func(_ *host, n int) { fmt.Fprint(os.Stderr, strings.Repeat("x", n)); stay() },
		"brackets":     func(*host, int) { write(strings.Repeat("[", 8<<20)) },
		"payload":      func(*host, int) { write("{\"op\":\"emit\",\"payload\":4294967296}\n") },
		"endless":      func(*host, int) { write("{\"op\":\""); forever("x") },
		"drip":         func(*host, int) { write("{\"op\":\""); stay() },
		"flood":        func(*host, int) { forever("{\"op\":\"log\"}\n") },
		"garbage":      func(*host, int) { write("hello, is this a terminal?\n"); stay() },
		"half":         func(_ *host, n int) { write("{\"op\":"); os.Exit(n) },
		"deaf":         func(*host, int) { os.Stdout.Close(); stay() },
	}
}

func (h *host) call(f protocol.Frame) protocol.Frame {
	if err := h.out.Write(f); err != nil {
		fail(err)
	}
	reply, err := h.in.Next()
	if err != nil {
		fail(err)
	}
	return reply
}

func (h *host) say(v any) protocol.Frame {
	line, err := json.Marshal(v)
	if err != nil {
		fail(err)
	}
	return h.call(protocol.Frame{Line: line})
}

func exchange(h *host, n int) {
	for i := range n {
		h.say(map[string]int{"n": i})
	}
}

// echo sends back the payload of each reply.
func echo(h *host, n int) {
	payload := []byte{}
	for range n {
		payload = h.call(protocol.Frame{Line: fmt.Appendf(nil, `{"payload":%d}`, len(payload)), Payload: payload}).Payload
	}
}

func sleep(h *host, n int) {
	time.Sleep(time.Duration(n) * time.Millisecond)
	h.say(map[string]bool{"slept": true})
}

// hog keeps all that it can get.
func hog(*host, int) {
	var kept [][]byte
	for {
		b := make([]byte, 1<<20)
		for i := range b {
			b[i] = 1
		}
		kept = append(kept, b)
	}
}

// entropy tells the host all that could differ between two runs.
func entropy(h *host, n int) {
	for range n {
		var b [16]byte
		rand.Read(b[:])
		m := map[string]bool{"a": true, "b": true, "c": true, "d": true, "e": true}
		var order []string
		for k := range m {
			order = append(order, k)
		}
		before := time.Now()
		time.Sleep(time.Millisecond)
		h.say(map[string]any{"random": b, "order": order, "at": before, "slept": time.Since(before)})
	}
}

// world tells the host what the program sees of the machine.
func world(h *host, _ int) {
	_, open := os.Open("/etc/hostname")
	_, create := os.Create("/tmp/x")
	entries, dir := os.ReadDir("/")
	h.say(map[string]any{"args": os.Args[min(1, len(os.Args)):], "env": os.Environ(), "entries": len(entries),
		"open": fmt.Sprint(open), "create": fmt.Sprint(create), "dir": fmt.Sprint(dir)})
}

func write(s string) {
	if _, err := os.Stdout.WriteString(s); err != nil {
		fail(err)
	}
}

func forever(s string) {
	for s = strings.Repeat(s, 1000); ; {
		write(s)
	}
}

// stay waits for ever.
func stay() {
	for {
		time.Sleep(time.Hour)
	}
}

func fail(err error) {
	fmt.Fprintln(os.Stderr, err)
	os.Exit(9)
}
