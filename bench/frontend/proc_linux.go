package frontend

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"time"
)

// tick is the unit of times in /proc (proc(5)); 100 a second wherever Go runs.
const tick = time.Second / 100

// stat is what /proc/PID/stat says of a process.
type stat struct {
	parent int
	used   time.Duration // with its children that have ended
}

func readStat(path string) (s stat, err error) {
	text, err := os.ReadFile(path)
	if err != nil {
		return stat{}, err
	}
	// The name, in parentheses, may have spaces in it. After it comes field 3.
	fields := strings.Fields(string(text[bytes.LastIndexByte(text, ')')+1:]))
	if len(fields) < 15 {
		return stat{}, fmt.Errorf("%s: %q", path, text)
	}
	s.parent, _ = strconv.Atoi(fields[4-3])
	for i := 14; i <= 17; i++ { // utime, stime, cutime, cstime
		n, _ := strconv.ParseInt(fields[i-3], 10, 64)
		s.used += time.Duration(n) * tick
	}
	return s, nil
}

// cpu returns the time for which a process and all its children have kept processors busy.
func cpu(pid int) (used time.Duration, err error) {
	paths, err := filepath.Glob("/proc/[0-9]*/stat")
	if err != nil {
		return 0, err
	}
	all := make(map[int]stat, len(paths))
	for _, path := range paths {
		if s, err := readStat(path); err == nil { // it may have ended meanwhile
			id, _ := strconv.Atoi(filepath.Base(filepath.Dir(path)))
			all[id] = s
		}
	}
	for id, s := range all {
		for up := id; up > 1; up = all[up].parent {
			if up == pid {
				used += s.used
				break
			}
		}
	}
	if _, ok := all[pid]; !ok {
		return 0, fmt.Errorf("process %d is gone", pid)
	}
	return used, nil
}

// peak returns the most memory that a process has held at once, in bytes.
func peak(pid int) (float64, error) {
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid))
	if err != nil {
		return 0, err
	}
	_, rest, _ := strings.Cut(string(text), "VmHWM:")
	line, _, _ := strings.Cut(rest, "kB")
	kb, err := strconv.ParseFloat(strings.TrimSpace(line), 64)
	return kb * 1024, err
}

func terminate(p *os.Process) error { return p.Signal(syscall.SIGTERM) }
