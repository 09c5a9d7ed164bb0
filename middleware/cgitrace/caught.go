package cgitrace

import (
	"fmt"
	"net/http"
	"runtime"
	"strconv"
	"strings"
	"time"

	"github.com/surcoat/surcoat/middleware/cgitrace/internal/redact"
	"github.com/surcoat/surcoat/middleware/cgitrace/internal/value"
)

// maxDepth is how many frames of a stack are looked at.
const maxDepth = 4096

// caught is a panic as the deferred function met it, before the stack went.
type caught struct {
	value any
	pcs   []uintptr // from the function that panicked, or that called Show, outwards
	kept            // the stack's contents, in a dev build
}

// catch is called by a deferred function, directly, with what it recovered. drop has to
// be called when it was reported.
func catch(v any) *caught {
	pcs := make([]uintptr, maxDepth)
	c := &caught{value: v, pcs: pcs[:runtime.Callers(3, pcs)]}
	if v != http.ErrAbortHandler && !c.exiting() {
		c.keep(c.pcs)
	}
	return c
}

// exiting reports whether there is no panic at all: the goroutine ends, by runtime.Goexit,
// and nobody will call drop.
func (c *caught) exiting() bool {
	return c.value == nil && len(c.pcs) > 0 && runtime.FuncForPC(c.pcs[0]).Name() == "runtime.Goexit"
}

// frames calls yield with the frames from the function that panicked outwards, and with
// the index of each among all frames of the stack. The deferred functions above it, and
// the runtime's own frames in between, are left out; a "runtime.gopanic" further out
// marks an earlier panic, during which this one happened. Where no panic is under way,
// as for an error handed to Show, these are all the frames.
func (c *caught) frames(yield func(int, runtime.Frame) bool) {
	skip := 0
	for i, f := range c.all {
		if f.Function == "runtime.gopanic" {
			skip = i + 1
			break
		}
	}
	leading := skip > 0
	for i, f := range c.all {
		if i < skip {
			continue
		}
		if leading = leading && strings.HasPrefix(f.Function, "runtime."); leading {
			continue // sigpanic, panicmem, goPanicIndex
		}
		if !yield(i, f) {
			return
		}
	}
}

// all calls yield with the frames of the whole stack.
func (c *caught) all(yield func(int, runtime.Frame) bool) {
	if len(c.pcs) == 0 {
		return
	}
	frames := runtime.CallersFrames(c.pcs)
	for i := 0; ; i++ {
		f, more := frames.Next()
		if !yield(i, f) || !more {
			return
		}
	}
}

// fullFrames is how many frames a record in the log has.
const fullFrames = 64

// stack is the first frames, shown of them, as a log takes them: function, file and line,
// without the argument words of runtime.Stack, which may be secrets.
func (c *caught) stack(shown int) string {
	var b strings.Builder
	n := 0
	for _, f := range c.frames {
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

// text is what the panic says: an error's or Stringer's own words, a string itself,
// any other value in Go's notation.
func (c *caught) text(red *redact.Redactor) string {
	switch v := c.value.(type) {
	case nil:
		return "nil" // only under GODEBUG=panicnil=1
	case string:
		return excerptOf(v).masked(red)
	case error:
		return said(v, v.Error, red)
	case fmt.Stringer:
		return said(v, v.String, red)
	}
	return value.Of(c.value, red).String()
}

// said is the text that v's method say returns.
func said(v any, say func() string, red *redact.Redactor) string {
	text, fault := ask(func() excerpt { return excerptOf(say()) })
	if fault != "" {
		return fmt.Sprintf("%T, which %s when asked for its text", v, fault)
	}
	return text.masked(red)
}

// ask calls f, which is the application's code, and survives what it may do: panic,
// end its goroutine, or wait for a lock that the panicking frame still holds. fault
// says which; it is "" when f returned.
func ask[T any](f func() T) (answer T, fault string) {
	type reply struct {
		answer T
		fault  string
	}
	replies := make(chan reply, 1)
	go func() {
		r := reply{fault: "ends its goroutine"}
		defer func() {
			if recover() != nil {
				r.fault = "panics"
			}
			replies <- r
		}()
		r.answer = f()
		r.fault = ""
	}()
	timeout := time.NewTimer(time.Second)
	defer timeout.Stop()
	select {
	case r := <-replies:
		return r.answer, r.fault
	case <-timeout.C:
		return answer, "does not answer"
	}
}

// maxText bounds what one value says about itself.
const maxText = 16 << 10

// excerpt is the beginning of a text that may be too long to be looked through.
type excerpt struct {
	head   string
	length int // of all
}

func excerptOf(s string) excerpt {
	if len(s) <= maxText {
		return excerpt{s, len(s)}
	}
	return excerpt{strings.Clone(s[:maxText]), len(s)}
}

// masked is e without secrets, also the one in which it breaks off.
func (e excerpt) masked(red *redact.Redactor) string {
	if e.length == len(e.head) {
		return red.Text(e.head)
	}
	return red.Beginning(strings.ToValidUTF8(e.head, "")) + "… (" + strconv.Itoa(e.length) + " bytes)"
}
