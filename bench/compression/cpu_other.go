//go:build !unix

package compression

import (
	"errors"
	"time"
)

func processCPU() (time.Duration, error) {
	return 0, errors.New("the CPU time of a process is not known on this system")
}
