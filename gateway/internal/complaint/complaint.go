// Package complaint takes what an application writes to its standard error, and puts it into the
// log line by line.
package complaint

import (
	"bytes"
	"context"
	"log/slog"
	"net/http"
	"strings"
	"sync"
)

// Limits for one request. A loop that complains fills no disk.
const (
	mostLines  = 1000
	mostLine   = 4 << 10
	mostLogged = 64 << 10 // in all lines
	mostTail   = 12 << 10
)

// Log is the complaints of one request: 1000 lines of them at most, and 64 KiB, of each line 4 KiB.
// Its methods are for many goroutines at once.
type Log struct {
	logger *slog.Logger
	msg    string
	r      *http.Request

	mu      sync.Mutex
	line    []byte // without its end yet
	lines   int
	logged  int    // bytes in them
	dropped int    // bytes that are not logged
	tail    []byte // the last that was written
	cut     bool   // there was more before it
}

// New returns a Log of r, whose records have that message, and the method and path of r. A nil
// logger is slog.Default().
func New(logger *slog.Logger, msg string, r *http.Request) *Log {
	if logger == nil {
		logger = slog.Default()
	}
	return &Log{logger: logger, msg: msg, r: r}
}

// Write implements [io.Writer]. It never fails.
func (l *Log) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	n := len(p)
	l.cut = l.cut || len(l.tail)+n > mostTail
	l.tail = append(l.tail, p[max(0, n-mostTail):]...)
	l.tail = append(l.tail[:0], l.tail[max(0, len(l.tail)-mostTail):]...)
	for len(p) > 0 {
		text, rest, ended := bytes.Cut(p, []byte("\n"))
		room := min(len(text), mostLine-len(l.line))
		l.line = append(l.line, text[:room]...)
		l.dropped += len(text) - room
		if p = rest; ended {
			l.flush()
		}
	}
	return n, nil
}

// flush logs the line.
func (l *Log) flush() {
	line := bytes.TrimRight(l.line, "\r")
	l.line = l.line[:0]
	if len(line) == 0 {
		return
	}
	l.lines++
	if l.logged += len(line); l.lines > mostLines || l.logged > mostLogged {
		l.dropped += len(line)
		return
	}
	l.log(slog.String("line", strings.ToValidUTF8(string(line), "\uFFFD")))
}

func (l *Log) log(a slog.Attr) {
	path := l.r.URL.Path
	l.logger.LogAttrs(context.WithoutCancel(l.r.Context()), slog.LevelWarn, l.msg,
		slog.String("method", l.r.Method), slog.String("path", path[:min(len(path), 1024)]), a)
}

// Note logs something else that the application said of itself.
func (l *Log) Note(a slog.Attr) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.log(a)
}

// Close logs what is left, and how much was not logged. Nothing is written after it.
func (l *Log) Close() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.flush()
	if l.dropped > 0 {
		l.log(slog.Int("dropped", l.dropped))
		l.dropped = 0
	}
}

// Tail returns the last lines, up to 12 KiB, for whoever looks for the reason of a failure: whole
// ones, for of half a secret nobody could tell that it is one.
func (l *Log) Tail() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	tail := l.tail
	if l.cut {
		_, tail, _ = bytes.Cut(tail, []byte("\n"))
	}
	return strings.TrimSpace(strings.ToValidUTF8(string(tail), "\uFFFD"))
}
