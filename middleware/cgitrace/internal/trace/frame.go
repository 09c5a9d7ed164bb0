//go:build dev

// Package trace makes of a goroutine's stack what a reader wants of it: whose each
// frame is, and where each of several panics began.
package trace

import (
	"iter"
	"runtime"
	"runtime/debug"
	"strings"
	"sync"
)

// Kind is whose code a frame is.
type Kind int

// The kinds.
const (
	Application Kind = iota // of the main module, or of one replaced by a folder
	Library                 // of other modules
	Standard                // of the standard library
	Runtime                 // of package runtime
)

// Frame is a call under way.
type Frame struct {
	Index    int    // among all frames of the stack, as it was given
	Function string // in full: "example.com/shop/cart.(*Cart).Add"
	Package  string // its import path, "main" for a program's
	Name     string // Function without the folders of Package: "cart.(*Cart).Add"
	File     string // as the compiler recorded it
	Line     int
	Kind     Kind
}

// Section is the stack between two panics, or from one to the goroutine's beginning.
type Section struct {
	Frames  []Frame
	LeftOut int // frames after the first of Frames that were dropped for their number
}

// Limits of a stack that is shown.
const (
	head = 100
	Tail = 20 // frames kept at the outer end
)

// Sections cuts a stack, as runtime.CallersFrames gives it from the innermost panic
// outwards, each frame with an index, at the panics further out. The last section is where it all began.
func Sections(frames iter.Seq2[int, runtime.Frame]) []Section {
	sections := make([]Section, 1)
	for i, f := range frames {
		last := &sections[len(sections)-1]
		if f.Function == "runtime.gopanic" {
			if len(last.Frames) > 0 {
				sections = append(sections, Section{})
			}
			continue
		}
		frame := newFrame(i, f)
		if len(last.Frames) == 0 && frame.Kind == Runtime && len(sections) > 1 {
			continue // sigpanic and the like
		}
		last.Frames = append(last.Frames, frame)
	}
	for i := range sections {
		s := &sections[i]
		if s.LeftOut = len(s.Frames) - head - Tail; s.LeftOut > 0 {
			s.Frames = append(s.Frames[:head:head], s.Frames[len(s.Frames)-Tail:]...)
		} else {
			s.LeftOut = 0
		}
	}
	return sections
}

func newFrame(index int, f runtime.Frame) Frame {
	pkg := Package(f.Function)
	return Frame{
		Index:    index,
		Function: f.Function,
		Package:  pkg,
		Name:     f.Function[strings.LastIndexByte(pkg, '/')+1:],
		File:     f.File,
		Line:     f.Line,
		Kind:     KindOf(pkg),
	}
}

// Package cuts the import path off a function's name: up to the first dot after
// the last slash before any bracket, for a type argument is an import path too.
func Package(function string) string {
	head, _, _ := strings.Cut(function, "[")
	slash := strings.LastIndexByte(head, '/') + 1
	if dot := strings.IndexByte(head[slash:], '.'); dot >= 0 {
		return head[:slash+dot]
	}
	return head
}

// surcoat is this module: between an application's frames it is a library, whoever
// builds it, but for its examples and its tests.
const surcoat = "github.com/surcoat/surcoat"

// KindOf says whose code the package of that import path is.
func KindOf(pkg string) Kind {
	pkg = strings.ReplaceAll(pkg, "%2e", ".") // the linker's way to write a dot after the last slash
	switch {
	case pkg == "runtime" || strings.HasPrefix(pkg, "runtime/") || strings.HasPrefix(pkg, "internal/runtime/"):
		return Runtime
	case pkg == "main" || strings.HasSuffix(pkg, "_test") || within(surcoat+"/examples", pkg):
		return Application
	case within(surcoat, pkg):
		return Library
	}
	for _, module := range applicationModules() {
		if within(module, pkg) {
			return Application
		}
	}
	if first, _, _ := strings.Cut(pkg, "/"); !strings.Contains(first, ".") {
		return Standard
	}
	return Library
}

func within(module, pkg string) bool {
	rest, ok := strings.CutPrefix(pkg, module)
	return ok && (rest == "" || rest[0] == '/')
}

// applicationModules are the main module and those that a go.work or a replacement
// takes from a folder.
var applicationModules = sync.OnceValue(func() (modules []string) {
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return nil
	}
	if info.Main.Path != "" {
		modules = append(modules, info.Main.Path)
	}
	for _, dep := range info.Deps {
		if dep.Version == "(devel)" || dep.Replace != nil && dep.Replace.Version == "" {
			modules = append(modules, dep.Path)
		}
	}
	return modules
})
