package lint

import (
	"net/http"
	"slices"
)

// field is one entry of a header, and what is needed to see that it has changed.
type field struct {
	name   string
	values []string
	value  string // the first, as it may be overwritten in place
	setBy  int32  // the call of Header after which it was set, or given or unknown
}

const (
	given   = -1 // there before the handler began
	unknown = -2 // by somebody who kept the map, or after too many calls
)

func newField(name string, values []string, setBy int32) field {
	f := field{name: name, values: values, setBy: setBy}
	if len(values) > 0 {
		f.value = values[0]
	}
	return f
}

// is reports whether the field still has the values noted.
func (f *field) is(values []string) bool {
	if len(values) != len(f.values) || len(values) > 0 && values[0] != f.value {
		return false
	}
	return len(values) <= 1 || slices.Equal(values, f.values)
}

// noted is a header as it was at some moment. A copy of the map would cost twice the time.
type noted struct {
	fields []field
	room   [6]field
}

func (n *noted) take(h http.Header) {
	n.fields = n.room[:0]
	for name, values := range h {
		n.fields = append(n.fields, newField(name, values, given))
	}
}

func (n *noted) find(name string) *field {
	for i := range n.fields {
		if f := &n.fields[i]; f.name == name {
			return f
		}
	}
	return nil
}

// differs returns the names of the fields that are not in h as they were noted.
func (n *noted) differs(h http.Header) (names []string) {
	same := 0
	for i := range n.fields {
		if f := &n.fields[i]; f.is(h[f.name]) {
			same++
		}
	}
	if same == len(n.fields) && same == len(h) {
		return nil
	}
	for _, f := range n.fields {
		if values, ok := h[f.name]; !ok || !f.is(values) {
			names = append(names, f.name)
		}
	}
	for name := range h {
		if n.find(name) == nil {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	return names
}

// ledger follows a response's header: what is in it, and after whose call of Header it
// came there. A map says nothing about its writers, so each call settles what the one
// before it has done.
type ledger struct {
	noted
	calls []trace // those who asked for the map, the oldest first
	first [4]trace
}

// maxCalls bounds the memory of one request; later calls are not told apart.
const maxCalls = 64

// next is where the coming call of Header is to be marked.
func (l *ledger) next() *trace {
	if l.calls == nil {
		l.calls = l.first[:0]
	}
	if len(l.calls) == maxCalls {
		return new(trace)
	}
	l.calls = append(l.calls, trace{})
	return &l.calls[len(l.calls)-1]
}

// last is who has most likely done what is new.
func (l *ledger) last() int32 {
	if n := len(l.calls); n > 0 && n < maxCalls {
		return int32(n - 1)
	}
	return unknown
}

// absorb notes the changes in h since the last time.
func (l *ledger) absorb(h http.Header) {
	if len(h) == 0 && len(l.fields) == 0 {
		return
	}
	for name, values := range h {
		if f := l.find(name); f == nil {
			l.fields = append(l.fields, newField(name, values, l.last()))
		} else if !f.is(values) {
			*f = newField(name, values, l.last())
		}
	}
	if len(l.fields) > len(h) {
		l.fields = slices.DeleteFunc(l.fields, func(f field) bool { _, ok := h[f.name]; return !ok })
	}
}

// stack returns the beginning of the stack of a call, nil when it is not known.
func (l *ledger) stack(call int32) []uintptr {
	if call < 0 {
		return nil
	}
	return l.calls[call].stack()
}
