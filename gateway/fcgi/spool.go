package fcgi

import (
	"fmt"
	"os"
	"sync/atomic"
)

// spools are what those of a server have in common.
type spools struct {
	dir     string
	most    int64        // how large the file of one may be
	mostAll int64        // about how large all may be together
	all     atomic.Int64 // bytes of all files
}

// spool holds bytes in the order in which they came, in a file without a name. What was read makes
// room for what comes: the file is never larger than spools.most, however much goes through it.
type spool struct {
	of       *spools
	size     int64    // of the file
	file     *os.File // nil before the first write
	named    bool     // it is still to be removed; an open one can be, but for Windows
	from, to int64    // what was not read yet, counted from when the spool was last empty
}

func (s *spool) len() int64 { return s.to - s.from }

// room is how much may be written. Where all files together are too large it is nothing, but in
// one that does not grow any more.
func (s *spool) room() int64 {
	if s.size < s.of.most && s.of.all.Load() >= s.of.mostAll {
		return 0
	}
	return max(s.of.most-s.len(), 0)
}

// write appends p, which has to fit, to a new file the first time.
func (s *spool) write(p []byte) error {
	if s.file == nil {
		f, err := os.CreateTemp(s.of.dir, "fcgi-body-*")
		if err != nil {
			return fmt.Errorf("fcgi: keeping a body that is not read: %w", err)
		}
		s.file = f
		s.named = os.Remove(f.Name()) != nil
	}
	for len(p) > 0 {
		at := s.to % s.of.most
		n, err := s.file.WriteAt(p[:min(int64(len(p)), s.of.most-at)], at)
		s.to += int64(n)
		s.grown(max(s.size, at+int64(n)))
		if err != nil {
			return fmt.Errorf("fcgi: keeping a body that is not read: %w", err)
		}
		p = p[n:]
	}
	return nil
}

func (s *spool) read(p []byte) (int, error) {
	at := s.from % s.of.most
	n, err := s.file.ReadAt(p[:min(int64(len(p)), s.len(), s.of.most-at)], at)
	s.from += int64(n)
	if err != nil {
		return n, fmt.Errorf("fcgi: reading a body that was kept: %w", err)
	}
	if s.len() == 0 { // what was read need not stay
		s.from, s.to = 0, 0
		if s.file.Truncate(0) == nil {
			s.grown(0)
		}
	}
	return n, nil
}

// grown notes how large the file is.
func (s *spool) grown(size int64) {
	s.of.all.Add(size - s.size)
	s.size = size
}

func (s *spool) close() {
	if s.file == nil {
		return
	}
	s.grown(0)
	_ = s.file.Close()
	if s.named {
		_ = os.Remove(s.file.Name())
	}
	*s = spool{of: s.of}
}
