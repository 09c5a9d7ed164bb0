//go:build unix

package compression

import (
	"syscall"
	"time"
)

// processCPU returns the time that this process has kept processors busy, in its own code and in the
// kernel's for it.
func processCPU() (time.Duration, error) {
	var used syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &used); err != nil {
		return 0, err
	}
	return time.Duration(used.Utime.Nano() + used.Stime.Nano()), nil
}
