package fetch

import (
	"net/netip"
	"testing"
)

// One address of each block of the IANA registries, its first and last where
// neighbours are public.
func TestGuard_knows_every_special_address(t *testing.T) {
	t.Parallel()
	g := newGuard(nil, nil)
	for _, text := range []string{
		"0.0.0.0", "0.1.2.3", "10.0.0.0", "10.255.255.255", "100.64.0.0", "100.127.255.255", "127.0.0.1", "127.255.255.255",
		"169.254.0.0", "169.254.255.255", "172.16.0.0", "172.31.255.255", "192.0.0.0", "192.0.0.9", "192.0.0.10", "192.0.0.170", "192.0.0.255",
		"192.0.2.1", "192.31.196.1", "192.52.193.1", "192.88.99.1", "192.88.99.2", "192.168.0.0", "192.168.255.255", "192.175.48.1",
		"198.18.0.0", "198.19.255.255", "198.51.100.1", "203.0.113.1", "224.0.0.1", "239.255.255.255", "240.0.0.0", "255.255.255.255",
		"168.63.129.16",
		"::", "::1", "::7f00:1", "::ffff:8.8.8.8", "::ffff:127.0.0.1", "64:ff9b::808:808", "64:ff9b:1::1", "100::1", "100:0:0:1::1",
		"2001::1", "2001:1::1", "2001:1::2", "2001:2::1", "2001:3::1", "2001:4:112::1", "2001:10::1", "2001:20::1", "2001:30::1", "2001:1ff:ffff::1",
		"2001:db8::1", "2002:808:808::1", "2620:4f:8000::1", "3fff::1", "3fff:fff:ffff::1", "4000::1", "5f00::1", "fc00::1", "fdff::1", "fe80::1", "febf::1",
		"fec0::1", "ff02::1", "1::1", "200::1", "fd00:ec2::254",
	} {
		if err := g.check(netip.AddrPortFrom(netip.MustParseAddr(text), 443)); err == nil {
			t.Errorf("%s passes", text)
		}
	}
}

func TestGuard_lets_public_addresses_through(t *testing.T) {
	t.Parallel()
	g := newGuard(nil, nil)
	for _, text := range []string{
		"1.1.1.1", "8.8.8.8", "9.255.255.255", "11.0.0.0", "100.63.255.255", "100.128.0.0", "126.255.255.255", "128.0.0.1", "169.253.255.255", "169.255.0.0",
		"172.15.255.255", "172.32.0.0", "192.0.1.0", "192.0.3.0", "192.167.255.255", "192.169.0.0", "198.17.255.255", "198.20.0.0", "223.255.255.255",
		"2001:200::1", "2001:db7::1", "2606:4700::1111", "2a00:1450::1", "2003::1", "3ffe::1", "3fff:1000::1",
	} {
		if err := g.check(netip.AddrPortFrom(netip.MustParseAddr(text), 443)); err != nil {
			t.Errorf("%s: %v", text, err)
		}
	}
}

func TestGuard_wants_the_exact_address_and_port(t *testing.T) {
	t.Parallel()
	g := newGuard([]netip.AddrPort{netip.MustParseAddrPort("192.168.1.5:80"), netip.MustParseAddrPort("[::ffff:10.0.0.1]:80"), netip.MustParseAddrPort("[fd00::5]:80")}, nil)
	for text, want := range map[string]bool{
		"192.168.1.5:80": true, "10.0.0.1:80": true, "[fd00::5]:80": true,
		"192.168.1.5:443": false, "192.168.1.6:80": false, "[fd00::6]:80": false, "[fd00::5%eth0]:80": false, "[::ffff:192.168.1.5]:80": false,
	} {
		if err := g.check(netip.MustParseAddrPort(text)); (err == nil) != want {
			t.Errorf("%s: got %v, want allowed %v", text, err, want)
		}
	}
}

func TestGuard_refuses_the_home_on_every_address_of_the_machine(t *testing.T) {
	t.Parallel()
	allowed := []netip.AddrPort{netip.MustParseAddrPort("127.0.0.1:8080"), netip.MustParseAddrPort("127.0.0.2:8080"), netip.MustParseAddrPort("[::1]:8080"), netip.MustParseAddrPort("192.168.77.88:8080")}
	for own, want := range map[string][]bool{
		"0.0.0.0:8080":          {false, false, false, true},
		"[::]:8080":             {false, false, false, true},
		"[::ffff:0.0.0.0]:8080": {false, false, false, true},
		"127.0.0.1:8080":        {false, true, true, true},
		"0.0.0.0:8081":          {true, true, true, true},
	} {
		g := newGuard(allowed, func() []netip.AddrPort { return []netip.AddrPort{netip.MustParseAddrPort(own)} })
		for i, to := range allowed {
			if err := g.check(to); (err == nil) != want[i] {
				t.Errorf("own %s, to %s: got %v, want allowed %v", own, to, err, want[i])
			}
		}
	}
}

func FuzzGuard(f *testing.F) {
	for _, text := range []string{"\x7f\x00\x00\x01", "\x08\x08\x08\x08", "\x20\x01\x48\x60\x48\x60\x00\x00\x00\x00\x00\x00\x00\x00\x88\x88", "\x00\x64\xff\x9b\x00\x00\x00\x00\x00\x00\x00\x00\x7f\x00\x00\x01"} {
		f.Add([]byte(text))
	}
	g := newGuard(nil, nil)
	f.Fuzz(func(t *testing.T, b []byte) {
		addr, ok := netip.AddrFromSlice(b)
		if !ok || g.check(netip.AddrPortFrom(addr, 443)) != nil {
			return
		}
		a := addr.Unmap()
		if !a.IsGlobalUnicast() || a.IsPrivate() || a.IsLoopback() || a.IsLinkLocalUnicast() || a.IsMulticast() || a.IsUnspecified() || addr.Is4In6() {
			t.Fatalf("%s passes", addr)
		}
	})
}
