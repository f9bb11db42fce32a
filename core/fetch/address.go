package fetch

import "net/netip"

// specialRanges lists every block of the IANA IPv4 and IPv6 Special-Purpose
// Address Registries (RFC 6890 and later), those that are globally reachable
// included, and multicast.
func specialRanges() []string {
	return []string{
		"0.0.0.0/8",         // this network
		"10.0.0.0/8",        // private use
		"100.64.0.0/10",     // shared address space: carrier-grade NAT
		"127.0.0.0/8",       // loopback
		"169.254.0.0/16",    // link local
		"172.16.0.0/12",     // private use
		"192.0.0.0/24",      // IETF protocol assignments
		"192.0.2.0/24",      // documentation
		"192.31.196.0/24",   // AS112
		"192.52.193.0/24",   // AMT
		"192.88.99.0/24",    // 6to4 relay, 6a44
		"192.168.0.0/16",    // private use
		"192.175.48.0/24",   // AS112
		"198.18.0.0/15",     // benchmarking
		"198.51.100.0/24",   // documentation
		"203.0.113.0/24",    // documentation
		"224.0.0.0/4",       // multicast
		"240.0.0.0/4",       // reserved, broadcast
		"::/96",             // unspecified, loopback, IPv4-compatible
		"::ffff:0:0/96",     // IPv4-mapped
		"64:ff9b::/96",      // NAT64
		"64:ff9b:1::/48",    // NAT64, local use
		"100::/64",          // discard only
		"100:0:0:1::/64",    // dummy prefix
		"2001::/23",         // IETF protocol assignments: Teredo, benchmarking, AMT, AS112, ORCHID, DRIP
		"2001:db8::/32",     // documentation
		"2002::/16",         // 6to4
		"2620:4f:8000::/48", // AS112
		"3fff::/20",         // documentation
		"5f00::/16",         // segment routing
		"fc00::/7",          // unique local
		"fe80::/10",         // link local
		"fec0::/10",         // site local, deprecated
		"ff00::/8",          // multicast
	}
}

// neverRanges lists what no person can allow: addresses that mean this machine
// whatever it is, link-local ones, those where clouds keep their metadata,
// multicast, and those that carry another address inside.
func neverRanges() []string {
	return []string{
		"0.0.0.0/8", "::/128",
		"169.254.0.0/16", "fe80::/10",
		"100.100.100.200/32", "168.63.129.16/32", "192.0.0.192/32", "fd00:ec2::254/128", "fd20:ce::254/128",
		"224.0.0.0/4", "255.255.255.255/32", "ff00::/8",
		"::ffff:0:0/96", "64:ff9b::/96", "64:ff9b:1::/48", "2001::/32", "2002::/16",
	}
}

// addresses is a set of address ranges.
type addresses []netip.Prefix

func newAddresses(ranges []string) addresses {
	set := make(addresses, len(ranges))
	for i, text := range ranges {
		set[i] = netip.MustParsePrefix(text)
	}
	return set
}

// has reports whether a is in the set. An IPv4-mapped address counts as itself
// and as the IPv4 address.
func (s addresses) has(a netip.Addr) bool {
	a = a.WithZone("")
	for _, p := range s {
		if p.Contains(a) || p.Contains(a.Unmap()) {
			return true
		}
	}
	return false
}

// isGlobal reports whether a is an ordinary address of the public network: not
// special and, for IPv6, in 2000::/3, from which all public ones are given.
func isGlobal(special addresses, a netip.Addr) bool {
	return a.IsValid() && !special.has(a) && (a.Is4() || a.As16()[0]>>5 == 1)
}
