package lint

import "sync"

// maxReports bounds what one request can report.
const maxReports = 32

// reports remembers what was reported of one request.
type reports struct {
	mu   sync.Mutex
	done []reported
}

type reported struct {
	rule Rule
	text string
	file string
	line int
}

// first reports whether a fault is a new one.
func (rp *reports) first(f Fault) bool {
	rp.mu.Lock()
	defer rp.mu.Unlock()
	key := reported{f.Rule, f.Text, f.File, f.Line}
	for _, other := range rp.done {
		if other == key {
			return false
		}
	}
	if len(rp.done) >= maxReports {
		return false
	}
	rp.done = append(rp.done, key)
	return true
}

// fault reports a breach by the call whose stack is pcs; nil pcs mean the handler.
func (rs *response) fault(rule Rule, pcs []uintptr, text string) {
	rs.report(rule, routeOf(pcs), text)
}

// faultIn reports a breach in a field of the header: at the call that set it, else at
// the one that is under way.
func (rs *response) faultIn(field string, rule Rule, text string) {
	var rt route
	if f := rs.outer.find(field); f != nil {
		rt = routeOf(rs.outer.stack(f.setBy))
	}
	if _, ok := rt.offender(); !ok {
		// Not known, or too deep in net/http; what writes the header is near.
		if now := routeOf(here()); now.frames != nil || rt.frames == nil {
			rt = now
		}
	}
	rs.report(rule, rt, text)
}

func (rs *response) report(rule Rule, rt route, text string) {
	f := Fault{Rule: rule, Text: text, Method: rs.asked.method, Path: rs.asked.url.Path, Stack: rt.frames}
	at, ok := rt.offender()
	if !ok {
		// All of it is in net/http: the handler is the standard library's own.
		if at, ok = declaration(rs.handler.next); (!ok || onBehalf(at.Function)) && len(rt.frames) > 0 {
			at, ok = rt.frames[0], true
		}
	}
	if ok {
		f.File, f.Line, f.Func = at.File, at.Line, at.Function
	}
	if rs.reports.first(f) {
		rs.keep(f) // first: a Report may panic with the fault
		rs.handler.report(f)
	}
}
