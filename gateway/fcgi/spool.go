package fcgi

import (
	"fmt"
	"os"
)

// spool holds bytes in the order in which they came, in a file without a name.
type spool struct {
	file     *os.File // nil before the first Write
	name     string   // still to be removed; "" where an open file can be
	from, to int64    // what of it was not read yet
}

func (s *spool) len() int64 { return s.to - s.from }

// write appends p, to a new file in dir the first time.
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
	n, err := s.file.WriteAt(p, s.to)
	s.to += int64(n)
	if err != nil {
		return fmt.Errorf("fcgi: keeping a body that is not read: %w", err)
	}
	return nil
}

func (s *spool) read(p []byte) (int, error) {
	n, err := s.file.ReadAt(p[:min(int64(len(p)), s.len())], s.from)
	s.from += int64(n)
	if err != nil {
		return n, fmt.Errorf("fcgi: reading a body that was kept: %w", err)
	}
	if s.len() == 0 { // what was read need not stay
		s.from, s.to = 0, 0
		_ = s.file.Truncate(0)
	}
	return n, nil
}

func (s *spool) close() {
	if s.file == nil {
		return
	}
	_ = s.file.Close()
	if s.name != "" {
		_ = os.Remove(s.name)
	}
	*s = spool{}
}
