package vault

import (
	"bufio"
	"bytes"
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"
	"unsafe"

	"golang.org/x/sys/unix"
)

func TestKeyMemory_is_locked_kept_from_dumps_and_wiped(t *testing.T) {
	t.Parallel()
	var m keyMemory
	k := m.keep(bytes.Repeat([]byte{7}, keySize))
	want := []string{"dd", "wf"} // not dumped, wiped in a forked child
	if probe, err := unix.Mmap(-1, 0, keyRegion, unix.PROT_READ, unix.MAP_ANON|unix.MAP_PRIVATE); err == nil && unix.Mlock(probe) == nil {
		want = append(want, "lo") // locked
	} else {
		t.Log("THE LOCK IS NOT TESTED: this machine lets this process lock no memory")
	}
	flags := memoryFlags(t, &k[0])
	for _, flag := range want {
		if !slices.Contains(flags, flag) {
			t.Errorf("flags %v lack %s", flags, flag)
		}
	}
	m.wipe()
	if !bytes.Equal(k, make([]byte, keySize)) {
		t.Error("a key outlives its memory's wipe")
	}
}

// memoryFlags returns what the kernel says of the mapping that holds at.
func memoryFlags(t *testing.T, at *byte) []string {
	t.Helper()
	f, err := os.Open("/proc/self/smaps")
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	inside := false
	for lines := bufio.NewScanner(f); lines.Scan(); {
		var low, high uintptr
		if n, _ := fmt.Sscanf(lines.Text(), "%x-%x ", &low, &high); n == 2 {
			p := uintptr(unsafe.Pointer(at))
			inside = p >= low && p < high
		}
		if flags, ok := strings.CutPrefix(lines.Text(), "VmFlags:"); ok && inside {
			return strings.Fields(flags)
		}
	}
	t.Fatal("the mapping is not listed")
	return nil
}

func TestSwap_names_what_may_reach_a_disk(t *testing.T) {
	t.Parallel()
	const title = "Filename\t\t\t\tType\t\tSize\t\tUsed\t\tPriority\n"
	for text, want := range map[string][]string{
		"":    nil,
		title: nil,
		title + "/dev/zram0 partition 1048572 0 100\n":                                                   nil,
		title + "/dev/zram0 partition 1 0 100\n/var/swap file 102396 0 -2\n/dev/sda2 partition 8 0 -3\n": {"/var/swap", "/dev/sda2"},
	} {
		if got, err := readSwaps(strings.NewReader(text)); err != nil || !slices.Equal(got, want) {
			t.Errorf("%q: got %q, %v, want %q", text, got, err, want)
		}
	}
}
