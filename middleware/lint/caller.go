package lint

import (
	"net/http"
	"reflect"
	"runtime"
	"slices"
	"strings"
	"sync"
)

// trace is where a call of Header came from, taken when it is not yet known whether
// anybody will ask: each frame costs time. Nearly always the first is in the code that
// is to be named, or it is in a function of net/http (SetCookie, Error) and the second is.
type trace [4]uintptr

// mark notes the code that calls a method of response, skip frames above mark.
func (t *trace) mark(skip int) {
	if runtime.Callers(skip+2, t[:2]) == 2 && helping(t[0]) && helping(t[1]) {
		runtime.Callers(skip+4, t[2:])
	}
}

// stack is the beginning of the marked stack, nil when there is none.
func (t *trace) stack() []uintptr {
	n := slices.Index(t[:], 0)
	if n < 0 {
		n = len(t)
	}
	return t[:n]
}

// helpers remembers what helping has found out; a program has few callers of Header.
var helpers sync.Map // uintptr → bool

// helping reports whether the code at pc works on someone else's behalf.
func helping(pc uintptr) bool {
	if v, ok := helpers.Load(pc); ok {
		return v.(bool)
	}
	f, _ := runtime.CallersFrames([]uintptr{pc}).Next()
	is := own(f.Function) || onBehalf(f.Function) || route{call: "Header"}.relayed(f.Function)
	helpers.Store(pc, is)
	return is
}

// here returns the stack of the call that is under way, whole.
func here() []uintptr {
	pcs := make([]uintptr, 64)
	return pcs[:runtime.Callers(2, pcs)]
}

// route is the way from a call on the writer out to the handler.
type route struct {
	call   string // the method called
	frames []runtime.Frame
}

// routeOf returns the route of a stack taken by here or trace.mark.
func routeOf(pcs []uintptr) route {
	rt := route{call: "Header"} // marked stacks begin outside lint
	if len(pcs) == 0 {
		return rt
	}
	for all := runtime.CallersFrames(pcs); ; {
		f, more := all.Next()
		switch {
		case f.Function == self+".(*handler).ServeHTTP":
			return rt // from here outwards it is not the handler's
		case len(rt.frames) > 0 || !own(f.Function):
			rt.frames = append(rt.frames, f)
		default:
			rt.call = f.Function[strings.LastIndexByte(f.Function, '.')+1:]
		}
		if !more {
			return rt
		}
	}
}

// offender returns the frame that is to blame: the first that does not work on someone
// else's behalf. A writer's method that was called by its own name, as wrappers call
// the one below, passes the blame on.
func (rt route) offender() (runtime.Frame, bool) {
	relay := -1
	for i, f := range rt.frames {
		switch {
		case own(f.Function) || onBehalf(f.Function):
		case rt.relayed(f.Function):
			if relay < 0 {
				relay = i
			}
		default:
			return f, true
		}
	}
	if relay >= 0 {
		return rt.frames[relay], true
	}
	return runtime.Frame{}, false
}

func (rt route) relayed(function string) bool {
	method := function[len(packageOf(function)):] // ".(*T).Write", ".T.Write"; a function has one dot
	dot := strings.LastIndexByte(method, '.')
	if dot <= 0 {
		return false
	}
	return sameCall(method[dot+1:]) == sameCall(rt.call)
}

// sameCall gives methods that stand for each other one name.
func sameCall(method string) string {
	switch method {
	case "WriteString", "ReadFrom":
		return "Write"
	case "FlushError":
		return "Flush"
	}
	return method
}

const (
	self     = "github.com/surcoat/surcoat/middleware/lint"
	writers  = "github.com/surcoat/surcoat/internal/respond"
	requests = "github.com/surcoat/surcoat/internal/request"
)

func own(function string) bool {
	switch packageOf(function) {
	case self, writers, requests:
		return true
	}
	return false
}

// onBehalf reports whether a function belongs to a package that writes what its caller
// asked it to. Names and not file paths decide: -trimpath changes the paths.
func onBehalf(function string) bool {
	pkg := packageOf(function)
	root, _, _ := strings.Cut(pkg, "/")
	switch root {
	case "archive", "bufio", "bytes", "compress", "encoding", "fmt", "image", "io", "log", "mime",
		"os", "reflect", "runtime", "slices", "strings", "sync", "text", "maps":
		return !strings.Contains(pkg, ".")
	case "net", "html":
		return pkg == "net/http" || strings.HasPrefix(pkg, "net/http/") || pkg == "html/template" || pkg == "net/textproto"
	}
	return false
}

// packageOf returns the import path in a function's name as the runtime gives it:
// "a.b/c%2ed.(*T).M.func1" is in "a.b/c%2ed".
func packageOf(function string) string {
	slash := strings.LastIndexByte(function, '/')
	if bracket := strings.IndexByte(function, '['); bracket >= 0 && bracket < slash {
		slash = strings.LastIndexByte(function[:bracket], '/') // a type argument's path
	}
	if dot := strings.IndexByte(function[slash+1:], '.'); dot >= 0 {
		return function[:slash+1+dot]
	}
	return function
}

// declaration returns where next's code begins.
func declaration(next http.Handler) (runtime.Frame, bool) {
	v := reflect.ValueOf(next)
	if v.Kind() != reflect.Func {
		m, ok := v.Type().MethodByName("ServeHTTP")
		if !ok {
			return runtime.Frame{}, false
		}
		v = m.Func
	}
	pc := v.Pointer()
	fn := runtime.FuncForPC(pc)
	if fn == nil {
		return runtime.Frame{}, false
	}
	file, line := fn.FileLine(pc)
	return runtime.Frame{PC: pc, Function: fn.Name(), File: file, Line: line}, file != "" && file != "<autogenerated>"
}
