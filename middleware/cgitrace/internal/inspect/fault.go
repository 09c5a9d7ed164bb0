//go:build dev

package inspect

import (
	"reflect"
	"strconv"
	"strings"
	"syscall"

	"github.com/surcoat/surcoat/middleware/cgitrace/internal/value"
)

// maxWrapped bounds how deep the errors are whose texts make up the text of one.
const maxWrapped = 6

// A wording is an error's text, as its method Error would put it together. left is how many errors
// deep it may look.
type wording func(v Value, left int) (string, bool)

// wordingFor returns that of a type of the standard library, nil for any other. An
// application's own errors are shown by their fields.
func wordingFor(name string) wording {
	switch name {
	case "context.deadlineExceededError":
		return literal("context deadline exceeded")
	case "encoding/json.SyntaxError", "fmt.wrapError", "fmt.wrapErrors":
		return field("msg")
	case "errors.errorString":
		return field("s")
	case "errors.joinError":
		return joined
	case "io/fs.PathError":
		return sentence(field("Op"), literal(" "), field("Path"), literal(": "), field("Err"))
	case "net/http.ProtocolError":
		return field("ErrorString")
	case "net/url.Error":
		return sentence(field("Op"), literal(" "), quoted("URL"), literal(": "), field("Err"))
	case "os.SyscallError":
		return sentence(field("Syscall"), literal(": "), field("Err"))
	case "runtime.errorString":
		return sentence(literal("runtime error: "), itself)
	case "strconv.NumError":
		return sentence(literal("strconv."), field("Func"), literal(": parsing "), quoted("Num"), literal(": "), field("Err"))
	case "syscall.Errno":
		return errno
	}
	return nil
}

// fault shows an error by its text, and what it wraps below.
func fault(p *printer, n *value.Node, v Value, depth int) bool {
	text, ok := wordingOf(v, maxWrapped)
	if !ok {
		return false
	}
	most := p.clip(depth)
	n.Text = p.quote(text[:min(len(text), most+margin)], int64(len(text)), most)
	for _, name := range []string{"err", "errs", "Err"} {
		if wrapped := v.field(name); wrapped.lack == "" && depth < maxDepth {
			n.Kids = append(n.Kids, p.node(name, wrapped, depth+1))
		}
	}
	return true
}

// wordingOf is the text of an error of a known type; that of an interface or a
// pointer is its contents'.
func wordingOf(v Value, left int) (string, bool) {
	for left > 0 && v.typ != nil && v.lack == "" {
		if isNil, _ := v.IsNil(); isNil {
			return "<nil>", true
		}
		if words := wordingFor(v.typ.Name); words != nil {
			return words(v, left-1)
		}
		switch v.typ.Kind {
		case reflect.Interface:
			v = v.dynamic()
		case reflect.Pointer:
			v = v.target()
		case reflect.String:
			return v.Text()
		default:
			return "", false
		}
	}
	return "", false
}

func literal(s string) wording { return func(Value, int) (string, bool) { return s, true } }

func itself(v Value, _ int) (string, bool) { return v.Text() }

// field is the text of a field, a string or an error.
func field(name string) wording {
	return func(v Value, left int) (string, bool) { return named(v.field(name), left) }
}

// named is the text of an error, or the name of its type where that is all that can be told.
func named(v Value, left int) (string, bool) {
	if s, ok := wordingOf(v, left); ok || v.typ == nil || v.typ.Kind != reflect.Interface {
		return s, ok
	}
	d := v.dynamic()
	if d.typ == nil || d.typ == v.typ || d.lack != "" {
		return "", false
	}
	return typeName(d.typ), true
}

func quoted(name string) wording {
	return func(v Value, left int) (string, bool) {
		s, ok := field(name)(v, left)
		return strconv.Quote(s), ok
	}
}

func sentence(parts ...wording) wording {
	return func(v Value, left int) (string, bool) {
		var b strings.Builder
		for _, part := range parts {
			s, ok := part(v, left)
			if !ok {
				return "", false
			}
			b.WriteString(s)
		}
		return b.String(), true
	}
}

// joined is the text of what errors.Join returned.
func joined(v Value, left int) (string, bool) {
	errs := v.field("errs")
	n, ok := errs.Len()
	if !ok {
		return "", false
	}
	var lines []string
	for i := range min(n, int64(width(0))) {
		e, ok := errs.Index(i)
		if !ok {
			return "", false
		}
		s, ok := named(e, left)
		if !ok {
			return "", false
		}
		lines = append(lines, s)
	}
	return strings.Join(lines, "\n"), true
}

func errno(v Value, _ int) (string, bool) {
	n, ok := v.Uint()
	return syscall.Errno(n).Error(), ok
}
