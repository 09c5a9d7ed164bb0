//go:build dev

package source

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
)

// environment returns what the go command takes for the variable of a name: getenv's value or,
// without one, the one that "go env -w" has written. No command is run for that.
func environment(getenv func(string) string) func(string) string {
	file := getenv("GOENV")
	if file == "" {
		if dir, err := os.UserConfigDir(); err == nil {
			file = filepath.Join(dir, "go", "env")
		}
	}
	written := make(map[string]string)
	if text, err := os.ReadFile(file); err == nil && file != "off" {
		for line := range strings.Lines(string(text)) {
			if name, value, ok := strings.Cut(strings.TrimSpace(line), "="); ok && !strings.HasPrefix(name, "#") {
				written[name] = value
			}
		}
	}
	return func(name string) string {
		if v := getenv(name); v != "" {
			return v
		}
		return written[name]
	}
}

// moduleCache is the folder of the modules that were downloaded.
func moduleCache(env func(string) string) string {
	if dir := env("GOMODCACHE"); dir != "" {
		return dir
	}
	first, _, _ := strings.Cut(env("GOPATH"), string(os.PathListSeparator))
	if first == "" {
		home, err := os.UserHomeDir()
		if err != nil {
			return ""
		}
		first = filepath.Join(home, "go")
	}
	return filepath.Join(first, "pkg", "mod")
}

// goroot finds the Go installation of that version, as [runtime.Version] has it: that of the
// variable, of the go command in PATH, of a toolchain in the module cache, or in one of the usual
// folders. "" stands for none; the lines of another version would be the wrong ones.
func goroot(version, cache string, env func(string) string) string {
	version, _, _ = strings.Cut(version, " ") // "go1.26.1 X:nodwarf5"
	candidates := []string{env("GOROOT")}
	if command, err := exec.LookPath("go"); err == nil {
		if command, err = filepath.EvalSymlinks(command); err == nil {
			candidates = append(candidates, filepath.Dir(filepath.Dir(command)))
		}
	}
	if cache != "" {
		candidates = append(candidates, filepath.Join(cache, "golang.org", "toolchain@v0.0.1-"+version+"."+runtime.GOOS+"-"+runtime.GOARCH))
	}
	if home, err := os.UserHomeDir(); err == nil {
		candidates = append(candidates, filepath.Join(home, "sdk", version))
	}
	candidates = append(candidates, "/usr/local/go", "/usr/lib/go", "/opt/homebrew/opt/go/libexec", `C:\Program Files\Go`)
	for _, dir := range candidates {
		if dir == "" {
			continue
		}
		text, err := os.ReadFile(filepath.Join(dir, "VERSION"))
		if first, _, _ := bytes.Cut(text, []byte("\n")); err == nil && string(bytes.TrimSpace(first)) == version {
			return dir
		}
	}
	return ""
}
