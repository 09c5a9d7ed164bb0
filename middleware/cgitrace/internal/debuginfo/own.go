//go:build dev

package debuginfo

import (
	"fmt"
	"os"
	"reflect"
	"runtime"
	"strings"
	"sync"

	"github.com/surcoat/surcoat/middleware/cgitrace/internal/debuginfo/entry"
	"github.com/surcoat/surcoat/middleware/cgitrace/internal/executable"
)

// Own returns the debug information of the running program. The first call reads it, all others
// return the same.
//
// On Linux the program's file can be read even after it was replaced or deleted. Elsewhere
// Own returns an error where the file is no longer the one that was started.
func Own() (*Info, error) { return ownOnce() }

var ownOnce = sync.OnceValues(readOwn)

func readOwn() (*Info, error) {
	f, err := executable.Own()
	if err != nil {
		return nil, fmt.Errorf("debuginfo: %w", err)
	}
	defer f.Close()
	twin, err := executable.Own()
	if err != nil {
		return nil, fmt.Errorf("debuginfo: %w", err)
	}
	defer twin.Close()
	s, err := read(f, twin)
	// Looked at when all is read, so that it has not been replaced meanwhile either.
	if replaced(startedFrom, statOwn()) {
		return nil, errReplaced
	}
	if err != nil {
		return nil, err
	}
	i, err := s.info()
	if err != nil {
		return nil, err
	}
	if err := i.claim(f.Slides()); err != nil {
		return nil, err
	}
	return i, nil
}

// startedFrom is the program's file as it was when this package was initialised.
var startedFrom = statOwn()

// statOwn returns what the system says of the program's file, nil where it says nothing.
func statOwn() os.FileInfo {
	path, err := os.Executable()
	if runtime.GOOS == "linux" {
		path, err = "/proc/self/exe", nil
	}
	if err != nil {
		return nil
	}
	info, err := os.Stat(path)
	if err != nil {
		return nil
	}
	return info
}

// replaced reports whether the program's file is another one than at the start, was written to, or
// is gone. If nothing is known of it from the start, Function finds out what does not fit.
func replaced(start, now os.FileInfo) bool {
	if start == nil || now == nil {
		return start != nil
	}
	return !os.SameFile(start, now) || !start.ModTime().Equal(now.ModTime()) || start.Size() != now.Size()
}

// landmark is a function of which both addresses can be known: that in memory, and that in
// the file.
//
//go:noinline
func landmark() {}

// claim makes i the debug information of the running program: it finds out how far the program
// was moved when it was loaded, and whether it is the right file at all.
func (i *Info) claim(slides bool) error {
	memory := reflect.ValueOf(landmark).Pointer()
	file, ok := i.entryPoint(runtime.FuncForPC(memory).Name())
	switch {
	case !ok:
		return errReplaced
	case slides:
		i.slide = uint64(memory) - file
	case uint64(memory) != file:
		return errReplaced
	}
	i.own = true
	return nil
}

// entryPoint finds a function by its name, and returns its address in the file.
func (i *Info) entryPoint(name string) (uint64, bool) {
	slash := strings.LastIndexByte(name, '/') + 1
	last, _, _ := strings.Cut(name[slash:], ".")
	for _, u := range i.units {
		if u.name != unescape(name[:slash]+last) {
			continue
		}
		u.read()
		for _, f := range u.functions {
			if e, ok := i.data.Entry(f.offset); ok && e.Text(entry.Name) == name {
				return f.Low, true
			}
		}
	}
	return 0, false
}
