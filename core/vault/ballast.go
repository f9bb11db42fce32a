package vault

import (
	"math"
	"os"

	"golang.org/x/sys/unix"
)

const (
	ballastSize = 16 << 20
	// ballastRoom is the free space below which no ballast is taken again.
	ballastRoom = 4 * ballastSize
)

// keepBallast makes sure the ballast is there, if the disk has room to spare.
// It is a precaution: that it cannot be made is no reason to stop.
func (v *Vault) keepBallast() {
	if v.o.Ballast == "" {
		return
	}
	if info, err := os.Stat(v.o.Ballast); err == nil && info.Size() >= ballastSize {
		return
	}
	f, err := os.OpenFile(v.o.Ballast, os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return
	}
	full := freeSpace(f) < ballastRoom || unix.Fallocate(int(f.Fd()), 0, 0, ballastSize) != nil
	if err := f.Close(); err != nil || full {
		_ = os.Remove(v.o.Ballast)
	}
}

func freeSpace(f *os.File) uint64 {
	var fs unix.Statfs_t
	if err := unix.Fstatfs(int(f.Fd()), &fs); err != nil {
		return math.MaxUint64
	}
	return fs.Bavail * uint64(fs.Bsize)
}

// dropBallast gives the ballast's space back to the disk and reports whether
// there was any.
func (v *Vault) dropBallast() bool {
	return v.o.Ballast != "" && os.Remove(v.o.Ballast) == nil
}
