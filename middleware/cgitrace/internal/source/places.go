//go:build dev

package source

import (
	"cmp"
	"os"
	"path/filepath"
	"reflect"
	"runtime"
	"runtime/debug"
	"slices"
	"strings"
	"sync"
)

// places is where the code of a build is on this machine.
type places struct {
	modules []module // of which there is a folder, the longest path first
	roots   []string // folders of go.work and go.mod, to which replacements are relative and in which vendor is
	deps    []*debug.Module
	cache   string // the module cache
	goroot  string // "": not found
	built   string // GOROOT on the machine of the build, "" where paths are trimmed
}

type module struct{ path, dir string }

// own is the places of this program.
var own = sync.OnceValue(func() places {
	var starts []string
	if dir, err := os.Getwd(); err == nil {
		starts = append(starts, dir)
	}
	if program, err := os.Executable(); err == nil {
		starts = append(starts, filepath.Dir(program))
	}
	info, _ := debug.ReadBuildInfo()
	p := look(info, starts, environment(os.Getenv))
	// Any function of the standard library tells where that was.
	entry := reflect.ValueOf(os.Getwd).Pointer()
	file, _ := runtime.FuncForPC(entry).FileLine(entry)
	if root, _, ok := strings.Cut(filepath.ToSlash(file), "/src/os/"); ok {
		p.built = root
	}
	return p
})

// look finds the places of the program that info describes, nil for none. go.mod and go.work are
// looked for from starts upwards; env is asked for the variables of the go command.
func look(info *debug.BuildInfo, starts []string, env func(string) string) places {
	p := places{cache: moduleCache(env)}
	version := runtime.Version()
	wanted := make(map[string]bool)
	if info != nil {
		version = cmp.Or(info.GoVersion, version)
		p.deps = info.Deps
		wanted[info.Main.Path] = true
		for _, d := range info.Deps {
			if d.Version == "(devel)" { // of a workspace, or what was named by its files
				wanted[d.Path] = true
			}
		}
	}
	p.goroot = goroot(version, p.cache, env)
	add := func(dir string) (wantedOne bool) {
		path := modulePath(dir)
		if path == "" || !wanted[path] {
			return false
		}
		if !slices.ContainsFunc(p.modules, func(m module) bool { return m.path == path }) {
			p.modules = append(p.modules, module{path, dir})
			p.roots = append(p.roots, dir)
		}
		return true
	}
	for _, start := range starts {
		upwards(start, add)
		p.workspace(start, env("GOWORK"), add)
	}
	slices.SortFunc(p.modules, func(a, b module) int { return len(b.path) - len(a.path) })
	return p
}

// upwards returns the first of dir and the folders above it for which is reports true.
func upwards(dir string, is func(dir string) bool) (string, bool) {
	for !is(dir) {
		parent := filepath.Dir(dir)
		if parent == dir {
			return "", false
		}
		dir = parent
	}
	return dir, true
}

// workspace calls add with the folders that the go.work above start names. file is the variable
// GOWORK.
func (p *places) workspace(start, file string, add func(dir string) bool) {
	switch file {
	case "off":
		return
	case "":
		dir, ok := upwards(start, func(dir string) bool {
			_, err := os.Stat(filepath.Join(dir, "go.work"))
			return err == nil
		})
		if !ok {
			return
		}
		file = filepath.Join(dir, "go.work")
	}
	root := filepath.Dir(file)
	text, err := os.ReadFile(file)
	if err != nil || slices.Contains(p.roots, root) {
		return
	}
	p.roots = append(p.roots, root)
	for _, dir := range directives(string(text), "use") {
		add(absolute(root, dir))
	}
}

// absolute is path, which is relative to dir unless it is absolute.
func absolute(dir, path string) string {
	path = filepath.FromSlash(path)
	if filepath.IsAbs(path) {
		return path
	}
	return filepath.Join(dir, path)
}

// find returns where the file is that a build has recorded, "" where it is not found.
func (p places) find(file string) string {
	var candidates []string
	switch {
	case filepath.IsAbs(filepath.FromSlash(file)) || strings.HasPrefix(file, "/"):
		candidates = append(candidates, file)
		if _, rest, ok := strings.Cut(file, "/pkg/mod/"); ok {
			candidates = append(candidates, filepath.Join(p.cache, rest))
		}
		if p.built != "" && p.goroot != "" && within(p.built, file) {
			candidates = append(candidates, filepath.Join(p.goroot, strings.TrimPrefix(file, p.built)))
		}
	case strings.HasPrefix(file, "./"):
		if here, err := filepath.Abs(file); err == nil { // named on the command line of the build, whose folder is this one, with luck
			candidates = append(candidates, here)
		}
	case strings.Contains(file, "@"):
		candidates = p.versioned(file)
	default:
		for _, m := range p.modules {
			if within(m.path, file) {
				candidates = append(candidates, filepath.Join(m.dir, strings.TrimPrefix(file, m.path)))
			}
		}
		if p.goroot != "" {
			candidates = append(candidates, filepath.Join(p.goroot, "src", file))
		}
	}
	for _, c := range candidates {
		if info, err := os.Stat(c); err == nil && info.Mode().IsRegular() {
			return filepath.FromSlash(c)
		}
	}
	return ""
}

// versioned returns where a file of another module can be, recorded as module@version/file. What
// replaces the module is not in that name.
func (p places) versioned(file string) (candidates []string) {
	path, rest, _ := strings.Cut(file, "@")
	version, rest, _ := strings.Cut(rest, "/")
	for _, d := range p.deps {
		if d.Path != path || d.Version != version || d.Replace == nil {
			continue
		}
		if r := d.Replace; r.Version != "" && r.Version != "(devel)" {
			path, version = r.Path, r.Version
			continue
		}
		for _, root := range p.roots {
			candidates = append(candidates, filepath.Join(absolute(root, d.Replace.Path), rest))
		}
	}
	original, _, _ := strings.Cut(file, "@")
	for _, root := range p.roots {
		candidates = append(candidates, filepath.Join(root, "vendor", original, rest))
	}
	return append(candidates, filepath.Join(p.cache, escape(path)+"@"+escape(version), rest))
}

// escape writes capital letters as the module cache does: "!a" for "A".
func escape(path string) string {
	var b strings.Builder
	for _, c := range path {
		if 'A' <= c && c <= 'Z' {
			b.WriteByte('!')
			c += 'a' - 'A'
		}
		b.WriteRune(c)
	}
	return b.String()
}
