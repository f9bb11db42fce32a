//go:build !linux

package home

import (
	"net"
	"os"
)

// peer trusts the socket's mode, 0600: the system has no call that tells.
func peer(*net.UnixConn) (uid int, err error) { return os.Geteuid(), nil }
