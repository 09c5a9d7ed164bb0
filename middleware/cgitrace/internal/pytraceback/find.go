//go:build dev

package pytraceback

import (
	"regexp"
	"strconv"
	"strings"
)

// Find returns the last traceback in text, nil for none. One whose beginning was lost, or that
// never had a first line, as that of a SyntaxError in the program itself, counts. One without its
// end, which would say what was raised, does not.
func Find(text string) *Traceback {
	base := max(0, len(text)-MaxText)
	r := reader{at: base}
	for line := range strings.Lines(text[base:]) {
		r.line(strings.TrimRight(line, "\r\n"))
		r.at += len(line)
	}
	if r.found != nil {
		r.found.trim()
	}
	return r.found
}

// trim takes off what has no end, behind the last exception that has one.
func (t *Traceback) trim() {
	for n := len(t.Exceptions); n > 1 && t.Exceptions[n-1].Text == ""; n-- {
		t.Exceptions = t.Exceptions[:n-1]
	}
}

// reader takes a text line by line.
type reader struct {
	at    int        // where the line begins
	found *Traceback // the last that has an end
	now   *Traceback // the one that is being read; nil: none
	place place
	next  Relation // of the exception to come
	group bool     // lines have a margin
	inner bool     // what comes is of a member of the group
}

// place is what the line before was a part of.
type place int

const (
	nowhere place = iota // outside of a traceback
	begun                // behind its first line
	frames
	told   // behind an exception's text
	linked // behind a sentence that says how the next exception came of it
)

const (
	header  = "Traceback (most recent call last):"
	cause   = "The above exception was the direct cause of the following exception:"
	context = "During handling of the above exception, another exception occurred:"
	gap     = "[...]" // where a long text has lost its middle
)

var (
	frameLine = regexp.MustCompile(`^ {2,4}File "(.+)", line ([0-9]{1,9})(?:, in (.+))?$`)
	again     = regexp.MustCompile(`^ {2}\[Previous line repeated ([0-9]{1,9}) more times?\]$`)
	raised    = regexp.MustCompile(`^[\pL_][\pL\pN_.<>]*(?:: .*|:?)$`)
	member    = regexp.MustCompile(`^[+-]+ [0-9.]+ -+$`)
	underline = regexp.MustCompile(`^[ ~^]*[~^][ ~^]*$`)
)

func (r *reader) line(s string) {
	if len(s) > maxLine {
		s = strings.ToValidUTF8(s[:maxLine], "")
	}
	outer := true
	if r.group {
		whole := s
		s = withoutMargin(s)
		outer = len(s) == len(whole)
	}
	switch {
	case strings.HasSuffix(s, header):
		r.header(strings.TrimSuffix(s, header))
		return
	case r.group && member.MatchString(s):
		r.place, r.next, r.inner = linked, Member, true
		return
	}
	if m := frameLine.FindStringSubmatch(s); m != nil {
		r.frame(m)
		return
	}
	switch r.place {
	case begun, frames, linked:
		r.within(s)
	case told:
		r.after(s, outer)
	}
}

// header begins an exception. before stands before it in its line.
func (r *reader) header(before string) {
	if r.place != linked || r.now == nil {
		r.begin()
	}
	if strings.TrimSpace(before) == "+ Exception Group" {
		r.group = true
	}
	r.exception()
	r.place = begun
}

// begin begins a traceback.
func (r *reader) begin() {
	r.now = &Traceback{From: r.at}
	r.next, r.group, r.inner = First, false, false
}

// exception begins one within the traceback.
func (r *reader) exception() {
	t := r.now
	if len(t.Exceptions) == maxExceptions { // those closest to the failure count
		copy(t.Exceptions, t.Exceptions[1:])
		t.Exceptions = t.Exceptions[:maxExceptions-1]
		t.Exceptions[0].Relation = First
	}
	t.Exceptions = append(t.Exceptions, Exception{Relation: r.next, Inner: r.inner})
	r.next = First
}

func (r *reader) last() *Exception { return &r.now.Exceptions[len(r.now.Exceptions)-1] }

func (r *reader) frame(m []string) {
	switch {
	case r.place == begun || r.place == frames:
	case r.place == linked && r.now != nil:
		r.exception()
	default: // without its first line
		r.begin()
		r.exception()
	}
	r.place = frames
	number, _ := strconv.Atoi(m[2])
	e := r.last()
	if len(e.Frames) == Head+Tail {
		copy(e.Frames[Head:], e.Frames[Head+1:])
		e.Frames = e.Frames[:Head+Tail-1]
		e.LeftOut++
	}
	e.Frames = append(e.Frames, Frame{File: m[1], Line: number, Function: m[3]})
}

// within takes a line that belongs to a frame, or ends the frames.
func (r *reader) within(s string) {
	if r.place == linked {
		switch {
		case s == "":
		case r.next == Member && raised.MatchString(s): // it was never raised by itself
			r.exception()
			r.tell(s)
		case r.next != Member:
			r.lose()
		}
		return
	}
	e := r.last()
	if m := again.FindStringSubmatch(s); m != nil && len(e.Frames) > 0 {
		e.Frames[len(e.Frames)-1].Repeated, _ = strconv.Atoi(m[1])
		return
	}
	switch {
	case strings.HasPrefix(s, "    ") && len(e.Frames) > 0:
		e.Frames[len(e.Frames)-1].source(s[4:])
	case s == gap || s == "" || s[0] == ' ': // a frame that was too long, or that is written otherwise
	case raised.MatchString(s):
		r.tell(s)
	default:
		r.lose()
	}
}

// tell takes an exception's text.
func (r *reader) tell(s string) {
	r.last().Text = s
	r.place = told
	r.found = r.now
	r.end(s)
}

// end says that the traceback goes on to the end of the line s.
func (r *reader) end(s string) { r.now.To = r.at + len(s) }

// lose gives up what was no traceback.
func (r *reader) lose() {
	r.now, r.place, r.group = nil, nowhere, false
}

// after takes a line that follows an exception.
func (r *reader) after(s string, outer bool) {
	e := r.last()
	if s == cause || s == context {
		r.inner = r.inner && !outer
	}
	switch {
	case s == cause:
		r.place, r.next = linked, Cause
	case s == context:
		r.place, r.next = linked, Context
	case s == "" || r.group && strings.Trim(s, "+-") == "":
	case len(e.Further) < maxFurther:
		e.Further = append(e.Further, s)
		r.end(s)
	}
}

// withoutMargin takes off what shows that a line belongs to a group.
func withoutMargin(s string) string {
	rest := strings.TrimLeft(s, " ")
	for _, margin := range []string{"| ", "|", "+-+-", "+-"} {
		if after, ok := strings.CutPrefix(rest, margin); ok {
			if margin[0] == '+' {
				return "+-" + after
			}
			return after
		}
	}
	return s
}

// source takes a line of source, or what underlines the part of it that failed.
func (f *Frame) source(s string) {
	if f.Source == "" {
		f.Source = strings.TrimRight(s, " \t")
		return
	}
	if f.Marked != "" || !underline.MatchString(s) {
		return
	}
	from := strings.IndexAny(s, "~^")
	to := len(strings.TrimRight(s, " "))
	if all := []rune(f.Source); from < to && to <= len(all) && to-from > 1 && to-from < len(all) {
		f.Marked = strings.TrimSpace(string(all[from:to]))
	}
}
