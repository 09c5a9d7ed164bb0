//go:build dev

package debuginfo

import (
	"fmt"
	"sync"

	"github.com/surcoat/surcoat/middleware/cgitrace/internal/debuginfo/entry"
	"github.com/surcoat/surcoat/middleware/cgitrace/internal/executable"
	"github.com/surcoat/surcoat/middleware/cgitrace/internal/location"
)

// sections are those of the executable that are read. What is not: .debug_line, as the runtime
// has its own table of lines.
type sections struct {
	entries entry.Sections
	lists   location.Lists
	frames  []byte
}

// read reads the sections. Most of its time goes into uncompressing them, of which .debug_info
// needs half: it is done beside the others.
func read(f *executable.File) (*sections, error) {
	s := new(sections)
	var beside sync.WaitGroup
	beside.Go(func() { s.entries.Info = f.Section("debug_info") })
	s.entries.Abbrev = f.Section("debug_abbrev")
	s.entries.Str = f.Section("debug_str")
	s.entries.LineStr = f.Section("debug_line_str")
	s.entries.StrOffsets = f.Section("debug_str_offsets")
	s.entries.Addr = f.Section("debug_addr")
	s.lists = location.Lists{
		Loclists: f.Section("debug_loclists"), Rnglists: f.Section("debug_rnglists"), Addr: s.entries.Addr,
		Loc: f.Section("debug_loc"), Ranges: f.Section("debug_ranges"),
	}
	s.frames = f.Section("debug_frame")
	beside.Wait()
	if err := f.Err(); err != nil {
		return nil, fmt.Errorf("debuginfo: %w", err)
	}
	if len(s.entries.Info) == 0 {
		return nil, ErrAbsent
	}
	return s, nil
}
