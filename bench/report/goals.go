package main

import "fmt"

// A goal is a promise that the figures either keep or not.
type goal struct {
	text    string
	measure func(*figures) (measured string, met bool)
	needs   [][2]string // case and library; without them the goal is not judged
}

// noise is how far two equal times may lie apart.
const noise = 1.05

const (
	stackGzip   = "Stack/coding=gzip"
	stackPlain  = "Stack/coding=identity"
	idle        = "IdleStreams/coding=gzip"
	redeployed  = "Dictionary/asset=page"
	upgraded    = "Dictionary/asset=bundle"
	behindNginx = "Gateway/server=nginx/work=hello"
	python      = "Python/app=hello"
	django      = "Python/app=djangosite"
)

// goals are the specifications'. What those state in microseconds beside a peer's on the same
// machine is here the ratio of the two.
var goals = []goal{
	atMost("five layers: at most alice's time, within noise", "Chain5", "surcoat", "alice", seconds, noise),
	atMost("five layers as structs: at most 0.75 of closures' time", "Chain5Struct", "surcoat", "closures", seconds, 0.75),
	atLeast("the usual stack costs at least 3 times ours, compressed", stackGzip, "usual", "surcoat", seconds, 3),
	atLeast("the usual stack costs at least 6 times ours, uncompressed", stackPlain, "usual", "surcoat", seconds, 6),
	atLeast("the usual stack allocates at least 15 times as often, compressed", stackGzip, "usual", "surcoat", allocs, 15),
	atLeast("the usual stack allocates at least 15 times as often, uncompressed", stackPlain, "usual", "surcoat", allocs, 15),
	atMost("our stack within 1.5 of the limit", stackGzip, "surcoat", "limit", seconds, 1.5),
	atMost("1.5 KB of JSON compressed: the raw pooled encoder's time, within noise", "GzipJSON1K5", "surcoat", "limit", seconds, noise),
	atMost("1.5 KB of JSON in which every value differs: likewise", "GzipJSON1K5Varied", "surcoat", "limit", seconds, noise),
	count("1.5 KB of JSON compressed: no allocation, as the bare handler", "GzipJSON1K5", "surcoat", 0),
	later("a small body passed on: at most 100 ns above the bare handler", "PassSmall", 100),
	later("a PNG passed on: at most 100 ns above the bare handler", "PassPNG", 100),
	later("no Accept-Encoding: at most 50 ns above the bare handler", "PassNoAE", 50),
	atMost("a file of 20 MiB: the bare handler's CPU time, within noise", "File20M", "surcoat", "bare", serverSeconds, noise),
	holds("an idle stream in gzip: at most 1.1 MB above the bare handler", "surcoat", 1_100_000),
	holds("an idle stream of events: at most 64 KiB above the bare handler", "surcoat-events", 64<<10),
	atLeast("a page redeployed: at most a 34th of gzip's bytes", redeployed, "surcoat-gzip", "surcoat", body, 34),
	atMost("a page redeployed: at most a tenth of gzip's time", redeployed, "surcoat", "surcoat-gzip", seconds, 0.1),
	atLeast("a bundle upgraded: at most a third of gzip's bytes", upgraded, "surcoat-gzip", "surcoat", body, 3),
	atLeast("a bundle from the Cache: at most a 30th of the time without", "Cached", "surcoat-uncached", "surcoat", seconds, 30),
	atLeast("a session in a cookie read: at least 13 times faster than gorilla's", "SessionRead", "gorilla", "surcoat", seconds, 13),
	count("a session in a cookie read: at most 8 allocations", "SessionRead", "surcoat", 8),
	atLeast("a session in memory read: at least 11 times faster than scs's", "SessionRead", "scs", "surcoat-memory", seconds, 11),
	atLeast("a session in a cookie read and written: at least 9 times faster than gorilla's", "SessionWrite", "gorilla", "surcoat", seconds, 9),
	atLeast("a session not touched: at least 32 times cheaper than scs's", "SessionUntouched", "scs", "surcoat", seconds, 32),
	count("a session not touched: at most 5 allocations", "SessionUntouched", "surcoat", 5),
	atLeast("sessions in Redis: at least 3 times as fast as a go-redis store", "RedisMix", "go-redis", "surcoat", seconds, 3),
	atLeast("sessions in Redis, with client-side caching: at least 10 times", "RedisMix", "go-redis", "surcoat-cached", seconds, 10),
	count("cached Basic: at most 3 allocations", "BasicCached", "surcoat", 3),
	atMost("cached Basic: at most 0.7 of caddy's time, user looked up", "BasicCached", "surcoat", "caddy", seconds, 0.7),
	atMost("behind nginx, FastCGI: at most the CPU time of HTTP with net/http, within noise", behindNginx, "surcoat-fcgi", "http", serverSeconds, noise),
	atLeast("behind nginx, FastCGI: at least the requests a second of HTTP with net/http, within noise", behindNginx, "http", "surcoat-fcgi", seconds, 1/noise),
	atLeast("behind nginx, FastCGI: at most half of net/http/fcgi's CPU time", behindNginx, "stdlib-fcgi", "surcoat-fcgi", serverSeconds, 2),
	atLeast("behind nginx, FastCGI: at least twice net/http/fcgi's requests a second", behindNginx, "stdlib-fcgi", "surcoat-fcgi", seconds, 2),
	atLeast("Python's hello: at least 0.8 of the requests a second of nginx and uWSGI", python, "nginx-uwsgi", "surcoat", seconds, 0.8),
	atLeast("Python's hello: at least 1.8 of those of mod_wsgi's daemon mode", python, "mod_wsgi", "surcoat", seconds, 1.8),
	atLeast("Python's hello: at least 1.5 of those of gunicorn", python, "gunicorn", "surcoat", seconds, 1.5),
	atLeast("a page of Django's: at least 0.8 of the requests a second of nginx and uWSGI", django, "nginx-uwsgi", "surcoat", seconds, 0.8),
}

func atMost(text, name, ours, theirs, unit string, bound float64) goal {
	return ratio(text, name, ours, theirs, unit, func(x float64) bool { return x <= bound })
}

func atLeast(text, name, theirs, ours, unit string, bound float64) goal {
	return ratio(text, name, theirs, ours, unit, func(x float64) bool { return x >= bound })
}

func ratio(text, name, of, to, unit string, met func(float64) bool) goal {
	return goal{text, func(f *figures) (string, bool) {
		x := f.of(name, of, unit) / f.of(name, to, unit)
		return fmt.Sprintf("%.2f", x), met(x)
	}, [][2]string{{name, of}, {name, to}}}
}

func count(text, name, lib string, bound float64) goal {
	return goal{text, func(f *figures) (string, bool) {
		n := f.of(name, lib, allocs)
		return fmt.Sprintf("%.0f", n), n <= bound
	}, [][2]string{{name, lib}}}
}

// later is about the time above the bare handler's, in nanoseconds.
func later(text, name string, bound float64) goal {
	return above(text, name, "surcoat", seconds, bound*1e-9, func(x float64) string { return fmt.Sprintf("%.0f ns", x*1e9) })
}

// holds is about the heap above the bare handler's, in bytes.
func holds(text, lib string, bound float64) goal {
	return above(text, idle, lib, streamBytes, bound, kilobytes)
}

func above(text, name, lib, unit string, bound float64, format func(float64) string) goal {
	return goal{text, func(f *figures) (string, bool) {
		x := f.of(name, lib, unit) - f.of(name, "bare", unit)
		return format(x), x <= bound
	}, [][2]string{{name, lib}, {name, "bare"}}}
}

func (g goal) measured(f *figures) bool {
	for _, n := range g.needs {
		if !f.has(n[0], n[1]) {
			return false
		}
	}
	return true
}
