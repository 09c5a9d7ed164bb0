package gobuild

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"path/filepath"
	"slices"
	"strings"
)

// Target is the program to build, as its sources stand.
type Target struct {
	Name     string    // of the program, without folder
	Packages []Package // under development, the program's own among them
	Modules  []Module  // under development

	arguments []string // that name it to the go command
}

// Package is a package under development.
type Package struct {
	Dir   string   // its folder
	Embed []string // patterns of embedded files, relative to Dir
}

// Module is a module under development.
type Module struct {
	Path string
	Dir  string // its folder
	File string // its go.mod
}

// listed is what `go list` says of a package.
type listed struct {
	Name, Dir, Target string
	Standard, DepOnly bool
	Module            *module
	EmbedPatterns     []string
	GoFiles, CgoFiles []string
	Error             *struct{ Err string }
}

type module struct {
	Path, Version, Dir, GoMod string
	Main                      bool
	Replace                   *module
}

// List finds what the packages or Go files named by args are made of. Sources that do not
// compile are no error, unless they leave nothing to build at all.
func (t *Toolchain) List(ctx context.Context, o Options, args []string) (*Target, error) {
	all := append([]string{"list", "-e", "-deps", "-json=Name,Dir,Target,Standard,DepOnly,Module,EmbedPatterns,GoFiles,CgoFiles,Error"}, o.Flags(t.Flags)...)
	out, err := t.output(ctx, append(append(all, "--"), args...)...)
	if err != nil {
		return nil, err
	}
	var named []listed
	target := &Target{arguments: args}
	modules := make(map[string]Module)
	for dec := json.NewDecoder(bytes.NewReader(out)); ; {
		var p listed
		if err := dec.Decode(&p); errors.Is(err, io.EOF) {
			break
		} else if err != nil {
			return nil, fmt.Errorf("go list: %w", err)
		}
		if !p.DepOnly {
			named = append(named, p)
		}
		if p.Standard || p.Dir == "" || p.Module.fixed() {
			continue
		}
		target.Packages = append(target.Packages, Package{Dir: p.Dir, Embed: p.EmbedPatterns})
		if m := p.Module; m != nil {
			modules[m.Path] = Module{Path: m.Path, Dir: m.Dir, File: m.GoMod}
		}
	}
	for _, path := range slices.Sorted(maps.Keys(modules)) {
		target.Modules = append(target.Modules, modules[path])
	}
	if err := runnable(named, args); err != nil {
		return nil, err
	}
	target.Name = name(named[0])
	return target, nil
}

// fixed reports whether m's files never change: it has a version, and no folder replaces it.
func (m *module) fixed() bool {
	if m == nil || m.Main {
		return false
	}
	if m.Replace != nil {
		return m.Replace.Version != ""
	}
	return m.Version != ""
}

// runnable says why what args name cannot be run, whatever else is put into its files.
func runnable(named []listed, args []string) error {
	what := strings.Join(args, " ")
	if len(named) != 1 {
		return fmt.Errorf("%s names %d packages; name one, with a func main", what, len(named))
	}
	p := named[0]
	switch {
	case p.Dir == "" || len(p.GoFiles)+len(p.CgoFiles) == 0:
		if p.Error != nil {
			return errors.New(p.Error.Err)
		}
		return fmt.Errorf("%s has no Go files", what)
	case p.Name != "main" && p.Name != "":
		return fmt.Errorf("%s is package %s; only a package main can be run", what, p.Name)
	}
	return nil
}

// name returns what the go command would call the program.
func name(p listed) string {
	if p.Target == "" { // of files
		return strings.TrimSuffix(p.GoFiles[0], ".go")
	}
	return strings.TrimSuffix(filepath.Base(p.Target), ".exe")
}

// Has reports whether file is under development.
func (t *Target) Has(file string) bool {
	for _, m := range t.Modules {
		if strings.HasPrefix(file, m.Dir+string(filepath.Separator)) {
			return true
		}
	}
	return false
}

// patterns returns what names the packages under development to -gcflags.
func (t *Target) patterns() []string {
	var patterns []string
	if AreFiles(t.arguments) {
		patterns = append(patterns, "command-line-arguments")
	}
	for _, m := range t.Modules {
		patterns = append(patterns, m.Path+"/...")
	}
	return patterns
}

// AreFiles reports whether args name Go files, of which a program can be made, and no
// packages.
func AreFiles(args []string) bool {
	for _, arg := range args {
		if !strings.HasSuffix(arg, ".go") {
			return false
		}
	}
	return len(args) > 0
}
