package fetch

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"slices"
	"syscall"

	"github.com/domicile-home/domicile/core"
	"github.com/domicile-home/domicile/sdk/protocol"
)

// guard judges the address that a connection is about to be made to, after
// the name was resolved: a name that changes its address gains nothing.
type guard struct {
	allowed []netip.AddrPort
	own     func() []netip.AddrPort
	special addresses
	never   addresses
}

func newGuard(allowed []netip.AddrPort, own func() []netip.AddrPort) guard {
	return guard{allowed: allowed, own: own, special: newAddresses(specialRanges()), never: newAddresses(neverRanges())}
}

// control is a net.Dialer's ControlContext.
func (g guard) control(_ context.Context, _, address string, _ syscall.RawConn) error {
	to, err := netip.ParseAddrPort(address)
	if err == nil {
		err = g.check(to)
	}
	if err != nil {
		return core.E(protocol.Blocked, "connect", err)
	}
	return nil
}

func (g guard) check(to netip.AddrPort) error {
	addr := to.Addr()
	if g.never.has(addr) || addr.Zone() != "" {
		return fmt.Errorf("address %s is never reached", addr)
	}
	to = netip.AddrPortFrom(addr.Unmap(), to.Port())
	if isOwn, err := g.isOwn(to); isOwn || err != nil {
		return errors.Join(errors.New("the home does not connect to itself"), err)
	}
	if !isGlobal(g.special, addr) && !slices.ContainsFunc(g.allowed, same(to)) {
		return fmt.Errorf("address %s is not public, and the person did not allow it", to)
	}
	return nil
}

// isOwn reports whether to is where the home listens. A listener on the
// unspecified address listens on every address of the machine.
func (g guard) isOwn(to netip.AddrPort) (bool, error) {
	if g.own == nil {
		return false, nil
	}
	for _, own := range g.own() {
		if same(own)(to) {
			return true, nil
		}
		if own.Port() == to.Port() && own.Addr().Unmap().IsUnspecified() {
			return isLocal(to.Addr())
		}
	}
	return false, nil
}

// isLocal reports whether a is an address of this machine.
func isLocal(a netip.Addr) (bool, error) {
	if a.IsLoopback() {
		return true, nil
	}
	local, err := net.InterfaceAddrs()
	if err != nil {
		return false, err
	}
	return slices.ContainsFunc(local, func(l net.Addr) bool {
		prefix, err := netip.ParsePrefix(l.String())
		return err == nil && prefix.Addr().Unmap() == a
	}), nil
}
