//go:build dev

// Package source finds and reads the Go source of a frame, marks up its tokens and
// masks the secrets that stand in it.
package source

import (
	"os"
	"path/filepath"
	"runtime/debug"
	"strings"
	"sync"
)

// Files finds source files from the paths that the compiler has recorded.
type Files struct {
	// Paths maps folders of the building machine to folders of this one.
	Paths map[string]string
}

// Find returns where file is here. A binary built with -trimpath records
// import paths in place of folders; these are looked for in the main module, in the module
// cache and in GOROOT. What is not found is returned as it came.
func (f Files) Find(file string) string {
	longest := ""
	for from := range f.Paths {
		if len(from) > len(longest) && within(from, file) {
			longest = from
		}
	}
	if longest != "" {
		return filepath.Join(f.Paths[longest], strings.TrimPrefix(file, longest))
	}
	if filepath.IsAbs(file) {
		return file
	}
	var candidates []string
	if path, dir := mainModule(); dir != "" && within(path, file) {
		candidates = append(candidates, filepath.Join(dir, strings.TrimPrefix(file, path)))
	}
	if strings.Contains(file, "@") {
		candidates = append(candidates, filepath.Join(moduleCache(), escape(file)))
	}
	if root := os.Getenv("GOROOT"); root != "" {
		candidates = append(candidates, filepath.Join(root, "src", file))
	}
	for _, c := range candidates {
		if _, err := os.Stat(c); err == nil {
			return c
		}
	}
	return file
}

func within(dir, file string) bool {
	rest, ok := strings.CutPrefix(file, strings.TrimSuffix(dir, "/"))
	return ok && (rest == "" || rest[0] == '/' || rest[0] == '\\')
}

// mainModule returns the main module's path and, when the process runs in it, its folder.
var mainModule = sync.OnceValues(func() (path, dir string) {
	info, ok := debug.ReadBuildInfo()
	if !ok || info.Main.Path == "" {
		return "", ""
	}
	at, err := os.Getwd()
	for err == nil {
		if mod, _ := os.ReadFile(filepath.Join(at, "go.mod")); declares(string(mod), info.Main.Path) {
			return info.Main.Path, at
		}
		parent := filepath.Dir(at)
		if parent == at {
			break
		}
		at = parent
	}
	return info.Main.Path, ""
})

func declares(mod, path string) bool {
	for line := range strings.Lines(mod) {
		if name, ok := strings.CutPrefix(line, "module "); ok {
			return strings.Trim(name, " \t\r\n\"") == path
		}
	}
	return false
}

func moduleCache() string {
	if dir := os.Getenv("GOMODCACHE"); dir != "" {
		return dir
	}
	first, _, _ := strings.Cut(os.Getenv("GOPATH"), string(os.PathListSeparator))
	if first == "" {
		home, _ := os.UserHomeDir()
		first = filepath.Join(home, "go")
	}
	return filepath.Join(first, "pkg", "mod")
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
