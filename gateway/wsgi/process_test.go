package wsgi_test

import (
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"
)

// pid is the worker that answers.
func (s *site) pid(t testing.TB) int {
	t.Helper()
	a := s.get(t, "/pid")
	pid, err := strconv.Atoi(a.body)
	if err != nil {
		t.Fatalf("%d %q %v", a.status, a.body, a.err)
	}
	return pid
}

// kill kills a worker, and returns when it is gone.
func kill(t testing.TB, pid int) {
	t.Helper()
	p, err := os.FindProcess(pid)
	if err == nil {
		err = p.Kill()
	}
	if err != nil {
		t.Fatal(err)
	}
	eventually(t, "the worker is gone", func() bool { return !alive(pid) })
}

// alive reports whether a process runs, and is no zombie.
func alive(pid int) bool {
	text, err := os.ReadFile("/proc/" + strconv.Itoa(pid) + "/stat")
	if err != nil {
		return false
	}
	_, state, _ := strings.Cut(string(text), ") ")
	return !strings.HasPrefix(state, "Z") && !strings.HasPrefix(state, "X")
}

// children are the processes that a process has started, and so on.
func children(t testing.TB, pid int) (pids []int) {
	t.Helper()
	stats, err := filepath.Glob("/proc/[0-9]*/stat")
	if err != nil || len(stats) == 0 {
		t.Skip("NOT TESTED: there is no /proc")
	}
	for _, stat := range stats {
		text, err := os.ReadFile(stat)
		if err != nil {
			continue
		}
		_, rest, _ := strings.Cut(string(text), ") ")
		fields := strings.Fields(rest)
		if len(fields) > 1 && fields[0] != "Z" && fields[1] == strconv.Itoa(pid) {
			child, _ := strconv.Atoi(filepath.Base(filepath.Dir(stat)))
			pids = append(append(pids, child), children(t, child)...)
		}
	}
	return pids
}

// workers are how many processes there are, but for the first, which forks them.
func (s *site) workers(t testing.TB) int {
	n := 0
	for _, pid := range children(t, os.Getpid()) {
		if line, err := os.ReadFile("/proc/" + strconv.Itoa(pid) + "/cmdline"); err == nil && strings.Contains(string(line), "surcoat-bridge") {
			n++
		}
	}
	return n - 1
}

// busy reports whether no worker takes a request at once.
func (s *site) busy(t testing.TB) bool {
	t.Helper()
	done := make(chan struct{})
	go func() { defer close(done); s.get(t, "/") }()
	select {
	case <-done:
		return false
	case <-time.After(200 * time.Millisecond):
		return true
	}
}
