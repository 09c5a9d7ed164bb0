//go:build dev

// Package executable reads sections of a program's file: where the linker has left what the
// debugger, and here the traceback, is to know of it.
//
// # What is read
//
// An executable is a header, a list of sections, each with a name, a place and a size, and
// their contents. Three formats do: ELF (Linux and the BSDs), PE (Windows), Mach-O (macOS). The
// debug information is the same in all of them (DWARF 5 §7.1) and lies in sections whose names
// differ only by habit:
//
//	ELF     .debug_info, compressed in place (SHF_COMPRESSED)
//	PE      .debug_info, or .zdebug_info compressed
//	Mach-O  __debug_info in the segment __DWARF, or __zdebug_info; 16 bytes at most of either
//
// They are asked for by ELF's name without the dot, "debug_info", and come uncompressed.
//
// # Why a bad file does no harm
//
// A file that was cut short by a full disk, or is being written by the linker at this moment,
// has sections that end beyond its end; one that is damaged may claim anything. [Open] compares
// the place of each section of debug information with the file's size, [File.Section] refuses
// what would be larger than 512 MiB, and what the standard library's readers make of the rest,
// panics included, is an error.
package executable

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"runtime"
	"strings"
)

// maxSection is the size of the largest section that is read, uncompressed. The debug
// information of a Go program of 500 MB has some 150 MiB.
const maxSection = 512 << 20

// File is an executable file. It serves one goroutine at a time.
type File struct {
	file     *os.File
	sections map[string]section // by ELF's name, without the dot
	slides   bool
	err      error
}

// section is where a section is, and how it is compressed, if it is.
type section struct {
	offset uint64
	size   uint64 // in the file
	zlib   bool   // as a whole, see uncompressed
	full   uint64 // what it claims to be uncompressed; 0 where read is nil
	read   func() ([]byte, error)
}

// Own opens the file of the running program. On Linux that is the file that was started even
// where another has taken its name since, as after a rebuild; elsewhere it is what has its name
// now, and the reader has to see whether it fits.
func Own() (*File, error) {
	if runtime.GOOS == "linux" {
		if f, err := Open("/proc/self/exe"); err == nil || !errors.Is(err, os.ErrNotExist) {
			return f, err
		}
	}
	path, err := os.Executable()
	if err != nil {
		return nil, fmt.Errorf("executable: the program does not know its file: %w", err)
	}
	return Open(path)
}

// Open opens the executable at path, of whichever format and machine.
func Open(path string) (*File, error) {
	file, err := os.Open(path)
	if err != nil {
		return nil, fmt.Errorf("executable: %w", err)
	}
	f := &File{file: file}
	if err := f.list(); err != nil {
		file.Close()
		return nil, fmt.Errorf("executable: %s: %w", path, err)
	}
	return f, nil
}

// list finds the file's sections of debug information.
func (f *File) list() (err error) {
	defer recovered(&err)
	info, err := f.file.Stat()
	if err != nil {
		return err
	}
	if !info.Mode().IsRegular() {
		return errors.New("it is not a file")
	}
	magic := make([]byte, 4)
	if _, err := f.file.ReadAt(magic, 0); err != nil {
		return errors.New("it is not an executable")
	}
	switch string(magic) {
	case "\x7fELF":
		f.sections, f.slides, err = readELF(f.file)
	case "\xfe\xed\xfa\xce", "\xce\xfa\xed\xfe", "\xfe\xed\xfa\xcf", "\xcf\xfa\xed\xfe":
		f.sections, f.slides, err = readMachO(f.file)
	case "\xca\xfe\xba\xbe":
		return errors.New("it is a universal binary; only those for one machine are read")
	default:
		if !bytes.HasPrefix(magic, []byte("MZ")) {
			return errors.New("it is not an executable")
		}
		f.sections, f.slides, err = readPE(f.file)
	}
	if err != nil {
		return fmt.Errorf("it is damaged, or not written to its end: %w", err)
	}
	for name, s := range f.sections {
		if size := uint64(info.Size()); s.offset > size || s.size > size-s.offset {
			return fmt.Errorf("it is damaged, or not written to its end: it has %d bytes, and section %s would be those from %d to %d",
				size, name, s.offset, s.offset+s.size)
		}
	}
	return nil
}

// Section returns the contents of the section that is called name in ELF, without the dot and
// uncompressed. It returns nil where the file has no such section, and also where that cannot
// be read, which [File.Err] tells. Each call reads anew.
func (f *File) Section(name string) []byte {
	s, ok := f.sections[name]
	if !ok {
		return nil
	}
	b, err := f.contents(s)
	if err != nil {
		if f.err == nil {
			f.err = fmt.Errorf("executable: section %s: %w", name, err)
		}
		return nil
	}
	return b
}

// Err returns the first failure of Section, if any.
func (f *File) Err() error { return f.err }

// Slides reports whether the program may be loaded at other addresses than those in the file:
// it is position independent.
func (f *File) Slides() bool { return f.slides }

// Close closes the file. What Section returned stays.
func (f *File) Close() error { return f.file.Close() }

// contents reads a section, whose place list has found to be in the file.
func (f *File) contents(s section) (b []byte, err error) {
	defer recovered(&err)
	if most := max(s.full, s.size); most > maxSection {
		return nil, fmt.Errorf("it claims %d bytes; more than %d are not read", most, maxSection)
	}
	if s.read != nil {
		return s.read()
	}
	b = make([]byte, s.size)
	if _, err := f.file.ReadAt(b, int64(s.offset)); err != nil {
		return nil, err
	}
	if s.zlib {
		return uncompressed(b)
	}
	return b, nil
}

// recovered makes an error of a panic in the standard library's readers, which do not promise
// to withstand every file.
func recovered(err *error) {
	if r := recover(); r != nil {
		*err = fmt.Errorf("reading it failed: %v", r)
	}
}

// debug returns ELF's name of a section of debug information, without the dot, and whether it
// is compressed as a whole. ok is false for other sections, of which nothing is read.
func debug(name, prefix string) (elfName string, compressed, ok bool) {
	name, ok = strings.CutPrefix(name, prefix)
	if !ok {
		return "", false, false
	}
	if rest, z := strings.CutPrefix(name, "zdebug_"); z {
		return "debug_" + rest, true, true
	}
	return name, false, strings.HasPrefix(name, "debug_")
}
