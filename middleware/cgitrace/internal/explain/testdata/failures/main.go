//go:build dev

// Failures is a program that fails in many ways and prints why. Each line that fails ends with the
// sentence that is wanted of it; "want: nothing" is a line of which the values do not show the
// reason.
package main

import (
	"encoding/json"
	"fmt"
	"os"
	"reflect"
	"runtime"
	"strings"
	"time"

	"github.com/surcoat/surcoat/middleware/cgitrace/internal/explain"
	"github.com/surcoat/surcoat/middleware/cgitrace/internal/inspect"
	"github.com/surcoat/surcoat/middleware/cgitrace/internal/redact"
	"github.com/surcoat/surcoat/middleware/cgitrace/internal/source"
	"github.com/surcoat/surcoat/middleware/cgitrace/internal/stack"
)

// Outcome is what is printed of each failure, as JSON.
type Outcome struct {
	Function    string
	File        string
	Line        int
	Failure     string
	Reason      string
	Expressions []string
}

func main() {
	release := stack.Hold()
	defer release()
	out := json.NewEncoder(os.Stdout)
	for _, group := range [][]func(){pointers, bounds, numbers, storage, interfaces, channels, thrown, calls, forms} {
		for _, fail := range group {
			outcome := try(fail)
			if err := out.Encode(outcome); err != nil {
				panic(err)
			}
		}
	}
}

// try calls fail and explains its panic.
func try(fail func()) (o Outcome) {
	o.Function = runtime.FuncForPC(reflect.ValueOf(fail).Pointer()).Name()
	defer func() {
		v := recover()
		o.Failure = fmt.Sprint(v)
		pcs := make([]uintptr, 64)
		s, err := stack.Capture(pcs[:runtime.Callers(2, pcs)])
		if err != nil {
			o.Reason = err.Error()
			return
		}
		o.explain(s)
	}()
	fail()
	return o
}

// explain asks for the innermost frame of this program.
func (o *Outcome) explain(s *stack.Stack) {
	own, panicking := true, false
	for _, f := range s.Frames() {
		switch {
		case f.Function == "runtime.gopanic":
			own, panicking = true, true
		case !panicking || strings.HasPrefix(f.Function, "runtime."):
		case !strings.HasPrefix(f.Function, "main."):
			own = false // a library's
		default:
			in := inspect.New(s, redact.New(nil))
			in.Time = 10 * time.Second // the machine may be busy
			o.File, o.Line = source.Files{}.Find(f.File), f.Line
			vars, err := in.Variables(f)
			if err != nil {
				o.Reason = err.Error()
				return
			}
			failure := o.Failure
			if !own {
				failure = ""
				o.Reason = explain.Call(in, f, vars, o.File, o.Failure)
			}
			reason, expressions := explain.Line(in, f, vars, o.File, failure)
			if own {
				o.Reason = reason
			}
			for _, e := range expressions {
				o.Expressions = append(o.Expressions, e.Source+" = "+e.String())
			}
			return
		}
	}
}
