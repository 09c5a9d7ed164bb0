//go:build dev

package debuginfo

import (
	"cmp"
	"fmt"
	"sync"

	"github.com/surcoat/surcoat/middleware/cgitrace/internal/debuginfo/entry"
	"github.com/surcoat/surcoat/middleware/cgitrace/internal/executable"
	"github.com/surcoat/surcoat/middleware/cgitrace/internal/location"
)

// sections are those of the executable that are read. What is not: .debug_line, as the runtime
// has its own table of lines.
type sections struct {
	Entries entry.Sections
	Lists   location.Lists
	Frames  []byte
}

// read reads the sections. Most of its time goes into uncompressing them, of which .debug_info
// needs half. As a File serves one goroutine at a time, it is given the same file opened twice to do
// that beside the others; a twin that is nil has it done one after the other.
func read(f, twin *executable.File) (*sections, error) {
	s := new(sections)
	var info sync.WaitGroup
	if twin == nil {
		twin = f
		s.Entries.Info = f.Section("debug_info")
	} else {
		info.Go(func() { s.Entries.Info = twin.Section("debug_info") })
	}
	s.Entries.Abbrev = f.Section("debug_abbrev")
	s.Entries.Str = f.Section("debug_str")
	s.Entries.LineStr = f.Section("debug_line_str")
	s.Entries.StrOffsets = f.Section("debug_str_offsets")
	s.Entries.Addr = f.Section("debug_addr")
	s.Lists = location.Lists{
		Loclists: f.Section("debug_loclists"), Rnglists: f.Section("debug_rnglists"), Addr: s.Entries.Addr,
		Loc: f.Section("debug_loc"), Ranges: f.Section("debug_ranges"),
	}
	s.Frames = f.Section("debug_frame")
	info.Wait()
	if err := cmp.Or(twin.Err(), f.Err()); err != nil {
		return nil, fmt.Errorf("debuginfo: %w", err)
	}
	if len(s.Entries.Info) == 0 {
		return nil, ErrAbsent
	}
	return s, nil
}
