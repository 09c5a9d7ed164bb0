//go:build dev

// Package debuginfo reads what the compiler noted about functions, variables and types.
package debuginfo

import (
	"errors"

	"github.com/surcoat/surcoat/middleware/cgitrace/internal/callframe"
	"github.com/surcoat/surcoat/middleware/cgitrace/internal/executable"
)

// ErrAbsent says that the binary has no debug information.
var ErrAbsent = errors.New("debuginfo: no debug information")

// Info is the debug information of one binary. Safe for concurrent use.
type Info struct {
	file   *executable.File
	slide  uint64
	frames *callframe.Table
}

// Own returns the debug information of the running program, read once.
func Own() (*Info, error) { return nil, ErrAbsent }

// New reads the debug information of f.
func New(f *executable.File) (*Info, error) { return nil, ErrAbsent }

// Slide is what was added to the file's addresses when the program was loaded.
func (i *Info) Slide() uint64 { return i.slide }

// CallFrames describes how to find a function's caller.
func (i *Info) CallFrames() *callframe.Table { return i.frames }
