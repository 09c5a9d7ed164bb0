package fcgi

import (
	"fmt"
	"os"
	"sync/atomic"
)

// spool holds bytes in the order in which they came, in a file without a name. What was read makes
// room for what comes: the file is never larger than most, however much goes through it.
type spool struct {
	most     int64
	all      *atomic.Int64 // bytes of the files of all spools
	mostAll  int64         // about which they may be
	size     int64         // of this one's file
	file     *os.File      // nil before the first write
	name     string        // still to be removed; "" where an open file can be
	from, to int64         // what was not read yet, counted from when the spool was last empty
}

func (s *spool) len() int64 { return s.to - s.from }

// room is how much may be written. Where all files together are too large it is nothing, but in
// one that does not grow any more.
func (s *spool) room() int64 {
	if s.size < s.most && s.all.Load() >= s.mostAll {
		return 0
	}
	return max(s.most-s.len(), 0)
}

// write appends p, which has to fit, to a new file in dir the first time.
func (s *spool) write(dir string, p []byte) error {
	if s.file == nil {
		f, err := os.CreateTemp(dir, "fcgi-body-*")
		if err != nil {
			return fmt.Errorf("fcgi: keeping a body that is not read: %w", err)
		}
		s.file = f
		if os.Remove(f.Name()) != nil {
			s.name = f.Name()
		}
	}
	for len(p) > 0 {
		at := s.to % s.most
		n, err := s.file.WriteAt(p[:min(int64(len(p)), s.most-at)], at)
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
	at := s.from % s.most
	n, err := s.file.ReadAt(p[:min(int64(len(p)), s.len(), s.most-at)], at)
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
	s.all.Add(size - s.size)
	s.size = size
}

func (s *spool) close() {
	if s.file == nil {
		return
	}
	s.grown(0)
	_ = s.file.Close()
	if s.name != "" {
		_ = os.Remove(s.name)
	}
	*s = spool{most: s.most, all: s.all, mostAll: s.mostAll}
}
