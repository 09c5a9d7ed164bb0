//go:build dev

package cgitrace

import (
	"fmt"
	"slices"
	"time"

	"github.com/surcoat/surcoat/middleware/cgitrace/internal/redact"
	"github.com/surcoat/surcoat/middleware/cgitrace/internal/report"
)

// Limits of a chain, for errors are the application's code.
const (
	maxCauses = 64          // errors that an error wraps, on all levels
	maxAsking = time.Second // that they take to say what they wrap, and their texts
)

// chain follows the errors that an error wraps.
type chain struct {
	red   *redact.Redactor
	left  int       // errors that are still looked at
	until time.Time // no error is asked after that: the garbage collector waits
	deaf  bool      // an error did not answer; no other is asked
}

func (c *chain) cause(err error, text string) report.Cause {
	c.left--
	cause := report.Cause{Type: fmt.Sprintf("%T", err), Text: text}
	if c.deaf {
		return cause
	}
	wrapped, fault := ask(func() []error {
		switch e := err.(type) {
		case interface{ Unwrap() error }:
			return []error{e.Unwrap()}
		case interface{ Unwrap() []error }:
			all := e.Unwrap()
			return slices.Clone(all[:min(len(all), maxCauses)])
		}
		return nil
	})
	c.deaf = fault != ""
	for _, inner := range wrapped {
		if inner == nil || c.left <= 0 || c.deaf || time.Now().After(c.until) {
			continue
		}
		own, fault := ask(func() excerpt { return excerptOf(inner.Error()) })
		text := own.masked(c.red)
		if c.deaf = fault == "does not answer"; fault != "" {
			text = "it " + fault + " when asked for its text"
		}
		cause.Causes = append(cause.Causes, c.cause(inner, text))
	}
	return cause
}
