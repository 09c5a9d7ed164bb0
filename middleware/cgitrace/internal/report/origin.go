//go:build dev

package report

import "strings"

// Origin is where a panic began.
type Origin struct {
	How string // "in", or where one panic led to another "first in" and "then in"
	*Frame
}

// Origins are where it first panicked and where it panicked again, in this order.
func (r *Report) Origins() (origins []Origin) {
	sections := r.blameable()
	for i := range sections {
		f := sections[i].culprit()
		if f == nil {
			continue
		}
		how := "in"
		switch {
		case len(sections) == 1:
		case len(origins) == 0:
			how = "first in"
		default:
			how = "then in"
		}
		origins = append(origins, Origin{how, f})
	}
	return origins
}

// Culprit is the frame to look at first: the innermost of the application where the panic
// began, or else the innermost of all.
func (r *Report) Culprit() *Frame {
	var first *Frame
	sections := r.blameable()
	for i := range sections {
		f := sections[i].culprit()
		if f != nil && f.App {
			return f
		}
		if first == nil {
			first = f
		}
	}
	return first
}

// blameable are the parts of a stack that say where it failed.
func (r *Report) blameable() []Section {
	if r.Outside != nil {
		return r.Outside.failed()
	}
	return r.Sections
}

// culprit is the innermost frame of the application, or else the innermost of all.
func (s *Section) culprit() *Frame {
	for i := range s.Frames {
		if s.Frames[i].App {
			return &s.Frames[i]
		}
	}
	if len(s.Frames) > 0 {
		return &s.Frames[0]
	}
	return nil
}

// blamed is the frame whose line the reason is about, and the expression in it that the
// reason begins with. nil: the reason begins with none.
func (r *Report) blamed() (f *Frame, failing string) {
	for _, o := range r.Origins() {
		if failing := o.failing(r.Reason); failing != "" {
			return o.Frame, failing
		}
	}
	return nil, ""
}

// failing is the expression of f's line that reason begins with, as in "owner.Profile is
// nil". "": none.
func (f *Frame) failing(reason string) (failing string) {
	for _, e := range f.Expressions {
		if rest, ok := strings.CutPrefix(reason, e.Source); ok && strings.HasPrefix(rest, " ") && len(e.Source) > len(failing) {
			failing = e.Source
		}
	}
	return failing
}
