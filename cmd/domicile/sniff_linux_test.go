package main

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"os"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

// A sniffer records every packet of its network name space.
type sniffer struct {
	socket int
	mu     sync.Mutex
	all    []packet
	wrong  error
}

// A packet is a TCP segment, or what is none.
type packet struct {
	from, to uint16 // ports; 0 for what is no TCP
	isSYN    bool   // asks for a connection
	payload  []byte
}

// newSniffer listens on every interface of the name space, loopback up.
func newSniffer(t *testing.T) *sniffer {
	t.Helper()
	if err := raise("lo"); err != nil {
		t.Fatal(err)
	}
	protocol := binary.NativeEndian.Uint16(binary.BigEndian.AppendUint16(nil, unix.ETH_P_ALL))
	socket, err := unix.Socket(unix.AF_PACKET, unix.SOCK_RAW|unix.SOCK_CLOEXEC, int(protocol))
	if err != nil {
		t.Fatal(err)
	}
	err = unix.SetsockoptInt(socket, unix.SOL_SOCKET, unix.SO_RCVBUFFORCE, 64<<20)
	if err != nil { // not root: should it be too small, packets are lost and that is said
		err = unix.SetsockoptInt(socket, unix.SOL_SOCKET, unix.SO_RCVBUF, 4<<20)
	}
	if err := errors.Join(err, unix.SetsockoptTimeval(socket, unix.SOL_SOCKET, unix.SO_RCVTIMEO, &unix.Timeval{Usec: 20_000})); err != nil {
		t.Fatal(err)
	}
	s := &sniffer{socket: socket}
	var wg sync.WaitGroup
	stop := make(chan struct{})
	wg.Go(func() { s.listen(stop) })
	t.Cleanup(func() {
		close(stop)
		wg.Wait()
		_ = unix.Close(socket) // of the test alone
	})
	return s
}

// raise brings an interface up.
func raise(name string) error {
	socket, err := unix.Socket(unix.AF_INET, unix.SOCK_DGRAM|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		return err
	}
	defer unix.Close(socket)
	request, err := unix.NewIfreq(name)
	if err != nil {
		return err
	}
	request.SetUint16(unix.IFF_UP)
	return unix.IoctlIfreq(socket, unix.SIOCSIFFLAGS, request)
}

func (s *sniffer) listen(stop <-chan struct{}) {
	frame := make([]byte, 256<<10)
	for {
		select {
		case <-stop:
			return
		default:
		}
		n, from, err := unix.Recvfrom(s.socket, frame, 0)
		if err == unix.EAGAIN || err == unix.EINTR {
			continue
		}
		s.mu.Lock()
		if err != nil {
			s.wrong = err
		} else if link, ok := from.(*unix.SockaddrLinklayer); !ok || link.Pkttype != unix.PACKET_OUTGOING { // loopback shows each twice
			s.all = append(s.all, parsePacket(frame[:n]))
		}
		s.mu.Unlock()
		if err != nil {
			return
		}
	}
}

// parsePacket reads an Ethernet frame as far as the ports of TCP.
func parsePacket(frame []byte) (p packet) {
	const ethernet = 14
	if len(frame) < ethernet+20 {
		return p
	}
	kind, ip := binary.BigEndian.Uint16(frame[12:]), frame[ethernet:]
	var tcp []byte
	switch {
	case kind == unix.ETH_P_IP && ip[9] == unix.IPPROTO_TCP:
		header := int(ip[0]&15) * 4
		total := int(binary.BigEndian.Uint16(ip[2:]))
		if header > total || total > len(ip) {
			return p
		}
		tcp = ip[header:total]
	case kind == unix.ETH_P_IPV6 && len(ip) >= 40 && ip[6] == unix.IPPROTO_TCP:
		tcp = ip[40:]
	}
	if len(tcp) < 20 || len(tcp) < int(tcp[12]>>4)*4 {
		return p
	}
	return packet{binary.BigEndian.Uint16(tcp), binary.BigEndian.Uint16(tcp[2:]), tcp[13]&0x12 == 2, bytes.Clone(tcp[int(tcp[12]>>4)*4:])}
}

// here returns how many packets were recorded so far, those that were lost among
// them forgotten.
func (s *sniffer) here(t *testing.T) int {
	t.Helper()
	time.Sleep(200 * time.Millisecond)
	if _, err := unix.GetsockoptTpacketStats(s.socket, unix.SOL_PACKET, unix.PACKET_STATISTICS); err != nil {
		t.Fatal(err)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	return len(s.all)
}

// since returns what was recorded after the first n packets, once all that was
// on its way has come.
func (s *sniffer) since(t *testing.T, n int) []packet {
	t.Helper()
	time.Sleep(200 * time.Millisecond) // ten times what the listener waits
	s.mu.Lock()
	defer s.mu.Unlock()
	lost, err := unix.GetsockoptTpacketStats(s.socket, unix.SOL_PACKET, unix.PACKET_STATISTICS)
	if err != nil || lost.Drops > 0 || s.wrong != nil {
		t.Fatalf("packets were lost: %+v, %v, %v", lost, err, s.wrong)
	}
	return s.all[n:]
}

// unreachable counts what could not even become a packet: the name space leads
// nowhere.
func unreachable(t *testing.T) string {
	t.Helper()
	var all []string
	for _, file := range []string{"/proc/self/net/snmp", "/proc/self/net/snmp6"} {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		lines := strings.Split(string(text), "\n")
		for i, line := range lines {
			fields := strings.Fields(line)
			switch {
			case strings.HasPrefix(line, "Ip6OutNoRoutes"):
				all = append(all, line)
			case strings.HasPrefix(line, "Ip: Forwarding") && i+1 < len(lines):
				for j, value := range strings.Fields(lines[i+1]) {
					if fields[j] == "OutNoRoutes" {
						all = append(all, "OutNoRoutes "+value)
					}
				}
			}
		}
	}
	if len(all) != 2 {
		t.Fatalf("the kernel does not count what it cannot route: %q", all)
	}
	return fmt.Sprint(all)
}

// ends reports whether p only closes a connection that is among the first n
// packets: a source's, of before.
func (s *sniffer) ends(p packet, n int) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return len(p.payload) == 0 && !p.isSYN && slices.ContainsFunc(s.all[:n], func(o packet) bool {
		return o.from == p.from && o.to == p.to || o.from == p.to && o.to == p.from
	})
}
