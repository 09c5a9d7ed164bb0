package cgitrace

import (
	"fmt"
	"runtime"
	"strconv"
	"strings"
	"time"
)

// maxDepth is how many frames of a stack are looked at.
const maxDepth = 4096

// caught is a panic as the deferred function met it, before the stack went.
type caught struct {
	value any
	pcs   []uintptr // from the function that panicked, or that called Show, outwards
}

// catch is called by a deferred function, directly, with what it recovered.
func catch(v any) *caught {
	pcs := make([]uintptr, maxDepth)
	return &caught{value: v, pcs: pcs[:runtime.Callers(3, pcs)]}
}

// frames calls yield with the frames from the function that panicked outwards. The
// deferred functions above it, and the runtime's own frames in between, are left
// out; a "runtime.gopanic" further out marks an earlier panic, during which this one
// happened. Where no panic is under way, as for an error handed to Show, these are all the frames.
func (c *caught) frames(yield func(runtime.Frame) bool) {
	skip, seen := 0, 0
	each(c.pcs, func(f runtime.Frame) bool {
		seen++
		if f.Function == "runtime.gopanic" {
			skip = seen
		}
		return skip == 0
	})
	leading := skip > 0
	each(c.pcs, func(f runtime.Frame) bool {
		if skip--; skip >= 0 {
			return true
		}
		if leading = leading && strings.HasPrefix(f.Function, "runtime."); leading {
			return true // sigpanic, panicmem, goPanicIndex
		}
		return yield(f)
	})
}

func each(pcs []uintptr, yield func(runtime.Frame) bool) {
	if len(pcs) == 0 {
		return
	}
	for frames := runtime.CallersFrames(pcs); ; {
		f, more := frames.Next()
		if !yield(f) || !more {
			return
		}
	}
}

// stack is the frames as a log takes them: function, file and line, without the
// argument words of runtime.Stack, which may be secrets.
func (c *caught) stack() string {
	const shown = 64
	var b strings.Builder
	n := 0
	for f := range c.frames {
		if n++; n > shown {
			continue
		}
		if f.Function == "runtime.gopanic" {
			f.Function = "panic"
		}
		b.WriteString(f.Function + "\n\t" + f.File + ":" + strconv.Itoa(f.Line) + "\n")
	}
	if n > shown {
		b.WriteString("and " + strconv.Itoa(n-shown) + " frames more\n")
	}
	return b.String()
}

// maxText bounds what one value says about itself.
const maxText = 16 << 10

// text is what the panic says: an error's or Stringer's own words, a string itself,
// any other value in Go's notation.
func (c *caught) text() string {
	switch v := c.value.(type) {
	case nil:
		return "nil" // only under GODEBUG=panicnil=1
	case string:
		return clip(v)
	case error:
		return guarded(v, v.Error)
	case fmt.Stringer:
		return guarded(v, v.String)
	}
	return guarded(c.value, func() string { return fmt.Sprintf("%T: %+v", c.value, c.value) })
}

// guarded calls say, which is the application's code, and survives what it may do:
// panic, end its goroutine, or wait for a lock that the panicking frame still holds.
func guarded(v any, say func() string) string {
	said := make(chan string, 1)
	go func() {
		text := fmt.Sprintf("%T, which ends its goroutine when asked for its text", v)
		defer func() {
			if e := recover(); e != nil {
				text = fmt.Sprintf("%T, which panics when asked for its text", v)
			}
			said <- text
		}()
		text = clip(say())
	}()
	timeout := time.NewTimer(time.Second)
	defer timeout.Stop()
	select {
	case text := <-said:
		return text
	case <-timeout.C:
		return fmt.Sprintf("%T, which does not answer when asked for its text", v)
	}
}

func clip(s string) string {
	if len(s) <= maxText {
		return s
	}
	return strings.ToValidUTF8(s[:maxText], "") + "… (" + strconv.Itoa(len(s)) + " bytes)"
}
