//go:build dev

package debuginfo

import "github.com/surcoat/surcoat/middleware/cgitrace/internal/executable"

// For tests.
var (
	ErrReplaced = errReplaced
	Replaced    = replaced
	Unescape    = unescape
	TypeName    = typeName
)

// Sections are those of a binary, which a test may damage.
type Sections = sections

func ReadSections(f *executable.File) (*Sections, error) { return read(f, nil) }

func (s *sections) Info() (*Info, error) { return s.info() }

// Claim makes i the debug information of the program that runs the test.
func (i *Info) Claim(slides bool) error { return i.claim(slides) }

// Instructions returns for each function in the index the first and a middle instruction.
func (i *Info) Instructions() []uint64 {
	var all []uint64
	for _, u := range i.units {
		u.read()
		for _, f := range u.functions {
			all = append(all, f.Low, f.Low+(f.High-f.Low)/2)
		}
	}
	return all
}
