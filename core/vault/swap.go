package vault

import (
	"bufio"
	"fmt"
	"io"
	"os"
	"strings"
)

// Swap returns the swap devices through which decrypted memory may reach a
// disk; compressed memory (zram) is none. When there are any, tell the person
// to turn them off: sudo swapoff -a.
func Swap() ([]string, error) {
	f, err := os.Open("/proc/swaps")
	if os.IsNotExist(err) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("read swap devices: %w", err)
	}
	defer f.Close()
	return readSwaps(f)
}

// readSwaps reads the form of /proc/swaps: a title, then a device a line.
func readSwaps(r io.Reader) (devices []string, err error) {
	lines := bufio.NewScanner(r)
	for first := true; lines.Scan(); first = false {
		fields := strings.Fields(lines.Text())
		if first || len(fields) == 0 || strings.HasPrefix(fields[0], "/dev/zram") {
			continue
		}
		devices = append(devices, fields[0])
	}
	return devices, lines.Err()
}
