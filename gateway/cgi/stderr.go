package cgi

import (
	"bytes"
	"log/slog"
	"strings"
)

// Limits of what one program's standard error can put into the log.
const (
	maxLine    = 4 << 10
	maxLogged  = 64 << 10
	maxExcerpt = 12 << 10 // kept for whoever wants to know why the program failed
)

// complaints are what a program writes to its standard error.
type complaints struct {
	log     *slog.Logger
	logged  int
	dropped int
	line    []byte // that has no end yet
	excerpt []byte // the end of it all: that is where the reason is
	cut     bool   // there was more before it
	done    chan struct{}
}

// listen logs what comes from p, until its end.
func listen(p *pipe, log *slog.Logger) *complaints {
	c := &complaints{log: log, done: make(chan struct{})}
	go func() {
		defer close(c.done)
		defer p.close()
		buf := make([]byte, 4<<10)
		for {
			n, err := p.Read(buf)
			c.add(buf[:n])
			if err != nil {
				break
			}
		}
		c.over()
	}()
	return c
}

// over says what there is still to say.
func (c *complaints) over() {
	if len(c.line) > 0 {
		c.say()
	}
	if c.dropped > 0 {
		c.log.Warn("cgi: more on the standard error, not logged", "bytes", c.dropped)
	}
}

func (c *complaints) add(b []byte) {
	if over := len(c.excerpt) + len(b) - maxExcerpt; over > 0 {
		c.excerpt = append(c.excerpt[:0], c.excerpt[min(over, len(c.excerpt)):]...)
		c.cut = true
	}
	c.excerpt = append(c.excerpt, b...)
	for len(b) > 0 {
		line, rest, ended := bytes.Cut(b, []byte("\n"))
		if room := maxLine - len(c.line); len(line) > room {
			c.dropped += len(line) - room
			line = line[:room]
		}
		c.line = append(c.line, line...)
		b = rest
		if ended {
			c.say()
		}
	}
}

func (c *complaints) say() {
	text := strings.ToValidUTF8(string(bytes.TrimRight(c.line, "\r")), "\uFFFD")
	c.line = c.line[:0]
	if c.logged += len(text); c.logged > maxLogged {
		c.dropped += len(text)
		return
	}
	if text != "" {
		c.log.Warn("cgi: standard error", "line", text)
	}
}

// text returns the end of what was written, once all of it was: whole lines, for of half a secret
// nobody could tell that it is one.
func (c *complaints) text() string {
	<-c.done
	text := c.excerpt
	if c.cut {
		_, text, _ = bytes.Cut(text, []byte("\n"))
	}
	return strings.ToValidUTF8(string(text), "\uFFFD")
}
