package vault

import (
	"sync"

	"golang.org/x/sys/unix"
)

// keyMemory holds keys outside the garbage collector's heap: locked in memory,
// kept out of core dumps and forked children, zeroed by wipe. Where the
// machine refuses a lock it is ordinary memory that is still zeroed.
type keyMemory struct {
	mu      sync.Mutex
	regions [][]byte
	used    int // bytes handed out since the last wipe
}

const keyRegion = 16 << 10

// key returns n zeroed bytes that hold a key until wipe; n is at most 64.
func (m *keyMemory) key(n int) []byte {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.used%keyRegion+n > keyRegion {
		m.used += keyRegion - m.used%keyRegion
	}
	if m.used/keyRegion == len(m.regions) {
		m.regions = append(m.regions, newKeyRegion())
	}
	region, at := m.regions[m.used/keyRegion], m.used%keyRegion
	m.used += n
	return region[at : at+n : at+n]
}

// keep returns a copy of k in this memory.
func (m *keyMemory) keep(k []byte) []byte {
	kept := m.key(len(k))
	copy(kept, k)
	return kept
}

// wipe zeroes every key and starts again. Nobody may use a key any more.
func (m *keyMemory) wipe() {
	m.mu.Lock()
	defer m.mu.Unlock()
	for _, region := range m.regions {
		clear(region)
	}
	m.used = 0
}

func newKeyRegion() []byte {
	b, err := unix.Mmap(-1, 0, keyRegion, unix.PROT_READ|unix.PROT_WRITE, unix.MAP_ANON|unix.MAP_PRIVATE)
	if err != nil {
		return make([]byte, keyRegion)
	}
	// Best effort: without them the keys are only as safe as other memory.
	_ = unix.Mlock(b)
	_ = unix.Madvise(b, unix.MADV_DONTDUMP)
	_ = unix.Madvise(b, unix.MADV_WIPEONFORK)
	return b
}
