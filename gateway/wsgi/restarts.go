package wsgi

import (
	"math/rand/v2"
	"time"
)

// Starts after failures wait: twice as long after each, up to a bound, and as chance has it, so
// that many programs on a machine do not all start at once.
const (
	firstWait = 250 * time.Millisecond
	lastWait  = 30 * time.Second
	// refill is how often a worker that had worked and has ended may be replaced at once, when
	// all of restarts.most are used up.
	refill = 2 * time.Second
)

// restarts bounds how often something is started again.
type restarts struct {
	most     int // deaths in a row, without a pause of refill each, that are made up for at once
	deaths   float64
	since    time.Time // when deaths was right
	failures int       // to start, one after the other
	next     time.Time // not before
}

// wait returns how long the next start has to wait.
func (r *restarts) wait(now time.Time) time.Duration { return r.next.Sub(now) }

// failed notes that a start did not succeed, and returns how long the next has to wait.
func (r *restarts) failed(now time.Time) time.Duration {
	d := lastWait
	if r.failures < 16 {
		d = min(lastWait, firstWait<<r.failures)
	}
	r.failures++
	d = d*3/4 + rand.N(d/2)
	r.next = now.Add(d)
	return d
}

// died notes that what had started well has ended by itself.
func (r *restarts) died(now time.Time) {
	r.deaths = max(0, r.deaths-float64(now.Sub(r.since))/float64(refill)) + 1
	r.since = now
	if over := r.deaths - float64(r.most); over > 0 {
		d := time.Duration(over * float64(refill))
		r.next = now.Add(d*3/4 + rand.N(d/2+1))
	}
}

// worked notes that a start succeeded.
func (r *restarts) worked() { r.failures = 0 }

// forgive lets the next start be at once: somebody has mended something.
func (r *restarts) forgive() { r.failures, r.next = 0, time.Time{} }
