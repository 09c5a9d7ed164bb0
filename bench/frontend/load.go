package frontend

import (
	"bytes"
	"fmt"
	"os/exec"
	"strconv"
	"testing"
	"time"
)

// Work is what is asked for.
type Work struct {
	Name string
	path string
	body int // bytes of the request's
	want string
	part string // of the answer, where want is ""
}

// Works are those that are measured.
func Works() []Work { return works }

var works = []Work{
	{Name: "hello", path: "/hello", want: hello},
	{Name: "post4K", path: "/post", body: 4 << 10, want: "got 4096 bytes\n"},
	{Name: "page64K", path: "/page", want: string(page)},
}

// connections is how many clients ask at the same time, each with a connection that is kept.
const connections = 32

// result is what wrk prints at the end of load.lua.
type result struct {
	requests, failed     float64
	elapsed, median, p99 time.Duration
}

// load lets wrk ask for at least a second, the shortest time that it can be told.
func (s *Site) load(p *Path, w Work) (r result, err error) {
	out, err := exec.Command(s.wrk, "-t1", "-c", strconv.Itoa(connections), "-d1s", "-s", s.script,
		"http://"+p.Addr+w.path, "--", strconv.Itoa(w.body)).CombinedOutput()
	if err != nil {
		return r, fmt.Errorf("wrk: %w: %s", err, out)
	}
	var elapsed, median, p99 float64
	figures := string(out[bytes.LastIndexByte(out, '=')+1:])
	if _, err := fmt.Sscan(figures, &r.requests, &r.failed, &elapsed, &median, &p99); err != nil {
		return r, fmt.Errorf("wrk printed %q", out)
	}
	r.elapsed, r.median, r.p99 = microseconds(elapsed), microseconds(median), microseconds(p99)
	if r.failed > 0 || r.requests == 0 {
		return r, fmt.Errorf("%.0f of %.0f requests failed", r.failed, r.requests)
	}
	return r, nil
}

func microseconds(n float64) time.Duration { return time.Duration(n * float64(time.Microsecond)) }

// Measure measures a path at a work: the time of a request with all clients together, the CPU time
// of the servers for each and what of that is the handler's process, and the time that a client
// waits.
func (s *Site) Measure(b *testing.B, p *Path, w Work) {
	if err := w.check(p); err != nil {
		b.Fatal(err)
	}
	var requests, seconds, front, app, median, p99 float64
	b.ResetTimer()
	for range b.N {
		front0, app0 := used(b, s.servers[p.Server]), used(b, p.app)
		r, err := s.load(p, w)
		if err != nil {
			b.Fatal(err)
		}
		front += (used(b, s.servers[p.Server]) - front0).Seconds()
		app += (used(b, p.app) - app0).Seconds()
		requests += r.requests
		seconds += r.elapsed.Seconds()
		median += float64(r.median)
		p99 += float64(r.p99)
	}
	b.StopTimer()
	b.ReportMetric(seconds/requests*1e9, "ns/op")
	b.ReportMetric((front+app)/requests*1e9, "server-ns/op")
	if p.app != nil {
		b.ReportMetric(app/requests*1e9, "app-ns/op")
	}
	b.ReportMetric(median/float64(b.N), "p50-ns/op")
	b.ReportMetric(p99/float64(b.N), "p99-ns/op")
	if err := w.check(p); err != nil {
		b.Fatal(err)
	}
}

// used is the CPU time of a process and its children, none of nil.
func used(b *testing.B, p *process) time.Duration {
	if p == nil {
		return 0
	}
	t, err := cpu(p.Process.Pid)
	if err != nil {
		b.Fatal(err)
	}
	return t
}
