package cgitrace

import (
	"net/http"
	"slices"
)

// snapshot is a header as the layers outside had set it when a request came in. It
// lives on the stack: for up to eight fields of one value it costs no allocation,
// and for none, which is usual, next to nothing.
type snapshot struct {
	n     int
	first [8]field
	rest  []field
}

type field struct {
	name, value string
	more        []string // the values after the first
}

// take copies the values, not the slices that hold them: a layer may write into these.
func (s *snapshot) take(h http.Header) {
	for name, values := range h {
		if len(values) == 0 {
			continue
		}
		f := field{name: name, value: values[0]}
		if len(values) > 1 {
			f.more = slices.Clone(values[1:])
		}
		if s.n < len(s.first) {
			s.first[s.n] = f
			s.n++
		} else {
			s.rest = append(s.rest, f)
		}
	}
}

// restore makes h what it was.
func (s *snapshot) restore(h http.Header) {
	clear(h)
	for _, f := range s.first[:s.n] {
		h[f.name] = append([]string{f.value}, f.more...)
	}
	for _, f := range s.rest {
		h[f.name] = append([]string{f.value}, f.more...)
	}
}
