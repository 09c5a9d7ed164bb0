//go:build dev

package debuginfo

import (
	"bytes"
	"errors"
	"runtime"

	"github.com/surcoat/surcoat/middleware/cgitrace/internal/debuginfo/entry"
)

var (
	errNoFunction = errors.New("debuginfo: the compiler noted nothing about this function: " +
		"it is written in assembly, or not in Go")
	errOtherFrame = errors.New("debuginfo: the function counts its variables from somewhere " +
		"other than the frame's address")
	errReplaced = errors.New("debuginfo: the executable on disk is no longer the one that runs: " +
		"it was built anew. The values are there again after a restart")
)

// A Function is a function of the binary. Safe for concurrent use.
type Function struct {
	Name string // as the linker knows it: "net/http.(*Server).Serve"; of a generic one, with its shapes
	// Entry and End are the addresses of its first instruction, and of the first after it, at run
	// time.
	Entry, End uint64

	unit   *unit
	offset int64 // of its entry
}

// Function finds the function in whose code pc, an address at run time, lies. For a frame that
// is a caller, that must be an address within the call, not the one to which it returns. It
// returns an error, in words for people, where nothing is known of the function, or where what is
// known is not of the program that runs.
func (i *Info) Function(pc uint64) (*Function, error) {
	u := i.unitAt(pc - i.slide)
	if u == nil {
		return nil, errNoFunction
	}
	at, ok := u.functionAt(pc - i.slide)
	if !ok {
		return nil, errNoFunction
	}
	f := &Function{Entry: at.Low + i.slide, End: at.High + i.slide, unit: u, offset: at.offset}
	e, ok := i.data.Entry(at.offset)
	if !ok {
		return nil, errNoFunction
	}
	if !countsFromCFA(e) {
		return nil, errOtherFrame
	}
	if f.Name = e.Text(entry.Name); f.Name == "" {
		if origin, ok := i.origin(e); ok {
			f.Name = origin.Text(entry.Name)
		}
	}
	if i.own && !f.runs(pc) {
		return nil, errReplaced
	}
	return f, nil
}

// callFrameCFA is an expression of one operation, DW_OP_call_frame_cfa.
var callFrameCFA = []byte{0x9c}

// countsFromCFA reports whether the function's frame base is the canonical frame address, on
// which package location relies. It is in all that Go compiles.
func countsFromCFA(e entry.Entry) bool {
	return bytes.Equal(e.Value(entry.FrameBase).Bytes, callFrameCFA)
}

// origin returns the abstract instance of which e is a copy.
func (i *Info) origin(e entry.Entry) (entry.Entry, bool) {
	offset, ok := e.Reference(entry.AbstractOrigin)
	if !ok {
		return entry.Entry{}, false
	}
	return i.data.Entry(offset)
}

// runs reports whether the function is that which the runtime has at pc: begins at the same
// address, and has the same name, or has had a function of that name inlined there. A file of
// another build has few that agree.
func (f *Function) runs(pc uint64) bool {
	known := runtime.FuncForPC(uintptr(pc))
	if known == nil || uint64(known.Entry()) != f.Entry {
		return false
	}
	name := withoutArguments(known.Name())
	return name == withoutArguments(f.Name) || name == withoutArguments(f.Scopes(pc)[0].Function)
}
