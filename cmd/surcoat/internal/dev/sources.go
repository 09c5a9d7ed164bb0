package dev

import (
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/surcoat/surcoat/cmd/surcoat/internal/dev/gobuild"
	"github.com/surcoat/surcoat/cmd/surcoat/internal/dev/watch"
)

var (
	// compiled are the extensions of files of a package's folder that the go command reads.
	compiled = []string{
		".go", ".c", ".cc", ".cpp", ".cxx", ".f", ".F", ".for", ".f90", ".h", ".hh", ".hpp", ".hxx",
		".m", ".s", ".S", ".sx", ".swig", ".swigcxx", ".syso",
	}

	// templates are the extensions of files that programs read when they start.
	templates = []string{".gohtml", ".gotmpl", ".hbs", ".htm", ".html", ".mustache", ".tmpl", ".tpl"}
)

var (
	ofPackage  = watch.Kind{Name: "package", Want: isSource, Flat: true}
	ofTemplate = watch.Kind{Name: "templates", Want: func(name string) bool { return slices.Contains(templates, filepath.Ext(name)) }}
	ofModule   = watch.Kind{Name: "module", Want: isSource}
	all        = watch.Kind{Name: "all", Any: true}
)

func isSource(name string) bool {
	return slices.Contains(compiled, filepath.Ext(name)) && !strings.HasSuffix(name, "_test.go") &&
		!strings.HasPrefix(name, ".") && !strings.HasPrefix(name, "_")
}

// sources are what the program is made of. After a build that failed they are more: what
// was missing may come in a folder that no package imports yet.
func (d *developer) sources(failed bool) watch.Sources {
	s := watch.Sources{Ignore: absolute(d.Ignore, d.here)}
	for _, file := range []string{d.tools.GOWORK, d.tools.GOMOD} {
		if filepath.IsAbs(file) && file != os.DevNull {
			s.Files = append(s.Files, file, strings.TrimSuffix(strings.TrimSuffix(file, ".mod"), ".work")+sum(file))
		}
	}
	for _, m := range d.target.Modules {
		s.Files = append(s.Files, m.File, filepath.Join(m.Dir, "go.sum"), filepath.Join(m.Dir, "vendor", "modules.txt"))
		if failed {
			s.Trees = append(s.Trees, watch.Tree{Root: m.Dir, Kind: ofModule})
		}
	}
	for _, p := range d.target.Packages {
		s.Trees = append(s.Trees, watch.Tree{Root: p.Dir, Kind: ofPackage}, watch.Tree{Root: p.Dir, Kind: ofTemplate})
		embedded(&s, p)
	}
	for _, path := range absolute(d.Watch, d.here) {
		add(&s, path)
	}
	return s
}

// sum returns what takes the place of ".mod" or ".work" in the name of the checksums' file.
func sum(file string) string {
	if strings.HasSuffix(file, ".work") {
		return ".work.sum"
	}
	return ".sum"
}

// embedded adds what p embeds (https://pkg.go.dev/embed), and the folders in which more
// that its patterns match may come.
func embedded(s *watch.Sources, p gobuild.Package) {
	for _, pattern := range p.Embed {
		path := filepath.Join(p.Dir, filepath.FromSlash(strings.TrimPrefix(pattern, "all:")))
		base := filepath.Base(path)
		matches, _ := filepath.Glob(path)
		for _, match := range matches {
			add(s, match)
		}
		folders, _ := filepath.Glob(filepath.Dir(path))
		for _, folder := range folders {
			s.Trees = append(s.Trees, watch.Tree{Root: folder, Kind: watch.Kind{
				Name: "embed " + base, Flat: true,
				Want: func(name string) bool { ok, _ := filepath.Match(base, name); return ok },
			}})
		}
	}
}

// add adds a file, or a folder with all that is in it.
func add(s *watch.Sources, path string) {
	if info, err := os.Stat(path); err == nil && info.IsDir() {
		s.Trees = append(s.Trees, watch.Tree{Root: path, Kind: all})
		return
	}
	s.Files = append(s.Files, path)
}

func absolute(paths []string, dir string) []string {
	var abs []string
	for _, p := range paths {
		if !filepath.IsAbs(p) {
			p = filepath.Join(dir, p)
		}
		abs = append(abs, filepath.Clean(p))
	}
	return abs
}
