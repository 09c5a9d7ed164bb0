package wsgi

import (
	"bytes"
	"log/slog"
	"os"
	"strconv"
	"time"
)

// watched are the files of the modules that workers have imported, with the time of each when it
// was (nanoseconds since 1970).
type watched map[string]int64

// maxWatched is how many files are watched.
const maxWatched = 100_000

// add reads isModules: "mtime path" NUL "mtime path".
func (w watched) add(text []byte) {
	for line := range bytes.SplitSeq(text, []byte{0}) {
		mtime, path, ok := bytes.Cut(line, []byte(" "))
		n, err := strconv.ParseInt(string(mtime), 10, 64)
		if _, known := w[string(path)]; !ok || err != nil || known || len(w) >= maxWatched {
			continue
		}
		w[string(path)] = n
	}
}

// changed returns the first file found that is not what it was; "": none.
func (w watched) changed() string {
	for path, mtime := range w {
		if info, err := os.Stat(path); err != nil || info.ModTime().UnixNano() != mtime {
			return path
		}
	}
	return ""
}

// lookTime is how often files are looked at.
const lookTime = 500 * time.Millisecond

// look restarts the workers where a file has changed, and comes back.
func (s *supervisor) look() {
	if s.closed {
		return
	}
	s.after(lookTime, s.look)
	if s.next != nil {
		return
	}
	path := s.watched.changed()
	if path == "" {
		return
	}
	s.logger.Info("wsgi: a file has changed: the workers are restarted", slog.String("file", path))
	s.restart(make(chan error, 1))
}

// weighTime is how often a worker's memory is looked at.
const weighTime = time.Second

// weigh renews workers that have become too large, and comes back.
func (s *supervisor) weigh() {
	if s.closed {
		return
	}
	s.after(weighTime, s.weigh)
	for g := range s.live {
		for w := range g.workers {
			if !w.ready || w.due || w.retiring.Load() {
				continue
			}
			if n := resident(w.pid); n > s.maxMemory {
				s.logger.Warn("wsgi: a worker has more than MaxMemory and is replaced", append(w.attrs(), slog.Int64("bytes", n))...)
				s.renew(w)
			}
		}
	}
}

// resident is how much memory a process has, 0 where that is not known.
func resident(pid int) int64 {
	text, err := os.ReadFile("/proc/" + strconv.Itoa(pid) + "/statm")
	if err != nil {
		return 0
	}
	fields := bytes.Fields(text)
	if len(fields) < 2 {
		return 0
	}
	pages, _ := strconv.ParseInt(string(fields[1]), 10, 64)
	return pages * int64(os.Getpagesize())
}
