package dev

import (
	"fmt"
	"io"
	"sync"
)

// terminal is what people watch. The program's own words pass as they are; ours begin
// with our name, on a line of their own.
type terminal struct {
	mu    sync.Mutex
	w     io.Writer
	inner bool // the last line was not ended
}

func newTerminal(w io.Writer) *terminal { return &terminal{w: w} }

// Write passes the program's words.
func (t *terminal) Write(p []byte) (int, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if len(p) > 0 {
		t.inner = p[len(p)-1] != '\n'
	}
	return t.w.Write(p)
}

func (t *terminal) pass(text string) { _, _ = t.Write([]byte(text)) }

func (t *terminal) say(format string, args ...any) {
	line := fmt.Sprintf("surcoat dev: "+format+"\n", args...)
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.inner {
		line = "\n" + line
	}
	t.inner = false
	_, _ = io.WriteString(t.w, line)
}
