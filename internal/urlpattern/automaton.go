package urlpattern

import "math/bits"

// A component with names or modifiers is an automaton that is in all its possible states at once,
// so that no pattern makes it try anything twice (Thompson 1968, "Regular expression search algorithm").

// step is a state and the way out of it.
type step struct {
	op   op
	c    byte
	x, y uint16 // where both leads
}

type op byte

const (
	accept op = iota
	one       // the byte c leads to the next step
	other     // any byte but c
	any1      // any byte
	both      // nothing is needed for x, nor for y
)

// compile returns the steps of a component.
func compile(parts []part, path bool) []step {
	var steps []step
	text := func(s string) {
		for i := range len(s) {
			steps = append(steps, step{op: one, c: s[i]})
		}
	}
	here := func() uint16 { return uint16(len(steps)) }
	for _, p := range parts {
		from := here()
		if p.modifier == '?' || p.modifier == '*' {
			steps = append(steps, step{op: both, x: from + 1})
		}
		body := here()
		text(p.prefix)
		switch p.wildcard {
		case name:
			s := step{op: any1}
			if path {
				s = step{op: other, c: '/'}
			}
			steps = append(steps, s, step{op: both, x: here(), y: here() + 2})
		case star:
			steps = append(steps, step{op: both, x: here() + 1, y: here() + 3},
				step{op: any1}, step{op: both, x: here(), y: here()})
		}
		text(p.suffix)
		if p.modifier == '*' || p.modifier == '+' {
			steps = append(steps, step{op: both, x: body, y: here() + 1})
		}
		if p.modifier == '?' || p.modifier == '*' {
			steps[from].y = here()
		}
	}
	return append(steps, step{op: accept})
}

// maxSteps is more than [maxLength] tokens make: a token makes three at most, as the
// percent-encoding of a character or as a star.
const maxSteps = 4096

// states is a set of steps.
type states [maxSteps / 64]uint64

// enter adds the step i, and those to which nothing is needed from there.
func (s *states) enter(steps []step, i uint16) {
	for s[i/64]&(1<<(i%64)) == 0 {
		s[i/64] |= 1 << (i % 64)
		if steps[i].op != both {
			return
		}
		s.enter(steps, steps[i].y)
		i = steps[i].x
	}
}

// run reports whether the steps accept text.
func run(steps []step, text string) bool {
	var a, b states
	now, then := &a, &b
	words := (len(steps) + 63) / 64
	now.enter(steps, 0)
	for k := range len(text) {
		c, alive := text[k], false
		for w := range words {
			for set := now[w]; set != 0; set &= set - 1 {
				i := w*64 + bits.TrailingZeros64(set)
				switch s := steps[i]; {
				case s.op == one && s.c == c, s.op == other && s.c != c, s.op == any1:
					then.enter(steps, uint16(i+1))
					alive = true
				}
			}
			now[w] = 0
		}
		if !alive {
			return false
		}
		now, then = then, now
	}
	i := len(steps) - 1
	return now[i/64]&(1<<(i%64)) != 0
}
