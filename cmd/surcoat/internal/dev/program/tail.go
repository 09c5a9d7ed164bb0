package program

import (
	"bytes"
	"strings"
	"sync"
)

// kept is how much of standard error is kept, in bytes: so much of its end, and as much of
// what follows the reason of a crash, which a dump of many goroutines may push far up.
const kept = 24 << 10

// reasons begin the line with which Go's runtime says why a program ends.
var reasons = [][]byte{[]byte("panic: "), []byte("fatal error: "), []byte("runtime: "), []byte("SIG")}

// tail keeps the end of what is written to it.
type tail struct {
	mu    sync.Mutex
	end   []byte
	cut   bool   // there was more before end
	crash []byte // from the last reason on; nil: there was none
	full  bool   // there was more after crash
	inner bool   // the next byte is not the first of a line
}

func newTail() *tail { return new(tail) }

func (t *tail) Write(p []byte) (int, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.end = append(t.end, p...)
	if over := len(t.end) - kept; over > 0 {
		t.end = append(t.end[:0], t.end[over:]...)
		t.cut = true
	}
	for line := range bytes.Lines(p) {
		if !t.inner && t.crash == nil && isReason(line) {
			t.crash = []byte{}
		}
		if t.crash != nil && !t.full {
			t.crash = append(t.crash, line...)
			t.full = len(t.crash) > kept
		}
		t.inner = line[len(line)-1] != '\n'
	}
	return len(p), nil
}

func isReason(line []byte) bool {
	for _, r := range reasons {
		if bytes.HasPrefix(line, r) {
			return true
		}
	}
	return false
}

// String returns whole lines of the end, or of a crash where that has been pushed out.
func (t *tail) String() string {
	t.mu.Lock()
	defer t.mu.Unlock()
	end := string(t.end)
	if t.cut {
		_, end, _ = strings.Cut(end, "\n")
		if t.full {
			crash := string(t.crash)
			end = crash[:strings.LastIndexByte(crash, '\n')+1] + "…\n"
		}
	}
	return strings.ToValidUTF8(end, "\uFFFD")
}
