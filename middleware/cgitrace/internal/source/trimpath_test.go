//go:build dev

package source_test

import (
	"archive/zip"
	"debug/buildinfo"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"github.com/surcoat/surcoat/middleware/cgitrace/internal/source"
)

// where is the source of a package that says where the compiler thinks its file is.
func where(pkg string) string {
	return "package " + pkg + "\n\nimport \"runtime\"\n\nfunc Where() string {\n\t_, file, _, _ := runtime.Caller(0)\n\treturn file\n}\n"
}

// program prints what the compiler has recorded, a line for each file.
const program = `package main

import (
	"os"
	"runtime"
	"sync"

	fork "example.com/Fork"
	"example.com/Lib/sub"
	"example.com/side"
	"example.com/old"
	"example.com/shop/cart"
)

func main() {
	_, file, _, _ := runtime.Caller(0)
	println(file)
	println(cart.Where())
	println(sub.Where())
	println(fork.Where())
	println(old.Where())
	println(side.Where())
	new(sync.Once).Do(func() {
		_, file, _, _ := runtime.Caller(1)
		println(file)
	})
	os.Exit(0)
}
`

// machine is a folder with the modules from which a program is built, and a module cache.
type machine struct {
	t   *testing.T
	dir string
	env map[string]string
}

func newMachine(t *testing.T) *machine {
	m := &machine{t: t, dir: t.TempDir()}
	m.env = map[string]string{
		"GOMODCACHE":  filepath.Join(m.dir, "cache"),
		"GOPROXY":     "file://" + filepath.ToSlash(filepath.Join(m.dir, "proxy")),
		"GOSUMDB":     "off",
		"GOWORK":      "off",
		"GOTOOLCHAIN": "local",
		"GOFLAGS":     "-modcacherw",
	}
	if runtime.GOOS == "windows" {
		m.env["GOPROXY"] = "file:///" + filepath.ToSlash(filepath.Join(m.dir, "proxy"))
	}
	// The module cache has one of capital letters, and one that takes another's place.
	m.publish("example.com/!lib", "example.com/Lib", "v1.2.0", map[string]string{"sub/sub.go": where("sub")})
	m.publish("example.com/!ada/old", "example.com/Ada/old", "v1.1.0", map[string]string{"old.go": where("old")})
	m.write("shop/cart/cart.go", where("cart"))
	m.write("shop/cmd/web/main.go", program)
	m.write("shop/go.mod", `module example.com/shop
go 1.26
require (
	example.com/Fork v0.3.0
	example.com/Lib v1.2.0
	example.com/old v1.0.0
	example.com/side v0.0.0
)
replace example.com/Fork => ../fork
replace example.com/old v1.0.0 => example.com/Ada/old v1.1.0
replace example.com/side => ../side
`)
	m.write("fork/go.mod", "module example.com/Fork\ngo 1.26\n")
	m.write("fork/fork.go", where("fork"))
	m.write("side/go.mod", "module example.com/side\ngo 1.26\n")
	m.write("side/side.go", where("side"))
	return m
}

func (m *machine) write(name, text string) {
	m.t.Helper()
	name = filepath.Join(m.dir, filepath.FromSlash(name))
	if err := os.MkdirAll(filepath.Dir(name), 0o755); err != nil {
		m.t.Fatal(err)
	}
	if err := os.WriteFile(name, []byte(text), 0o600); err != nil {
		m.t.Fatal(err)
	}
}

// publish puts a module into the proxy.
func (m *machine) publish(escaped, path, version string, files map[string]string) {
	m.t.Helper()
	mod := "module " + path + "\ngo 1.26\n"
	if path == "example.com/Ada/old" {
		mod = "module example.com/old\ngo 1.26\n" // as forks have it
	}
	at := "proxy/" + escaped + "/@v/" + version
	m.write(at+".info", `{"Version":"`+version+`"}`)
	m.write(at+".mod", mod)
	out, err := os.Create(filepath.Join(m.dir, filepath.FromSlash(at+".zip")))
	if err != nil {
		m.t.Fatal(err)
	}
	defer out.Close()
	z := zip.NewWriter(out)
	files["go.mod"] = mod
	for name, text := range files {
		w, err := z.Create(path + "@" + version + "/" + name)
		if err != nil {
			m.t.Fatal(err)
		}
		_, _ = w.Write([]byte(text))
	}
	if err := z.Close(); err != nil {
		m.t.Fatal(err)
	}
}

// run runs the go command in a folder, with variables of its own.
func (m *machine) run(dir string, args ...string) {
	m.t.Helper()
	cmd := exec.Command("go", args...)
	cmd.Dir = filepath.Join(m.dir, filepath.FromSlash(dir))
	cmd.Env = os.Environ()
	for k, v := range m.env {
		cmd.Env = append(cmd.Env, k+"="+v)
	}
	if out, err := cmd.CombinedOutput(); err != nil {
		m.t.Fatalf("go %s: %v\n%s", strings.Join(args, " "), err, out)
	}
}

// recorded builds the program in a folder with -trimpath and returns what it prints, and where it
// is.
func (m *machine) recorded(dir string, args ...string) (files []string, binary string) {
	m.t.Helper()
	binary = filepath.Join(m.t.TempDir(), "web.exe")
	m.run(dir, append([]string{"build", "-trimpath", "-o", binary}, args...)...)
	out, err := exec.Command(binary).CombinedOutput()
	if err != nil {
		m.t.Fatalf("%v\n%s", err, out)
	}
	return strings.Split(strings.TrimSpace(string(out)), "\n"), binary
}

// goroot is where the go command has its library.
func (m *machine) goroot() string {
	m.t.Helper()
	out, err := exec.Command("go", "env", "GOROOT").Output()
	if err != nil {
		m.t.Fatal(err)
	}
	return strings.TrimSpace(string(out))
}

// check finds the files from the folder start and compares where they are with wants, below m's
// folder.
func (m *machine) check(binary, start string, files []string, wants ...string) {
	m.t.Helper()
	info, err := buildinfo.ReadFile(binary)
	if err != nil {
		m.t.Fatal(err)
	}
	if len(files) != len(wants) {
		m.t.Fatalf("recorded are %q", files)
	}
	for i, file := range files {
		want := filepath.Join(m.dir, filepath.FromSlash(wants[i]))
		if wants[i] == "sync/once.go" {
			want = filepath.Join(m.goroot(), "src", "sync", "once.go")
		}
		if got := source.FindIn(file, info, m.env, filepath.Join(m.dir, filepath.FromSlash(start))); got != want {
			m.t.Errorf("%s is at %q, not %q", file, got, want)
		}
	}
}

// spec: source mapping under -trimpath.
func TestTrimpath(t *testing.T) {
	m := newMachine(t)
	m.run("shop", "mod", "tidy")
	files, binary := m.recorded("shop", "./cmd/web")
	m.check(binary, "shop/cmd", files,
		"shop/cmd/web/main.go", "shop/cart/cart.go", "cache/example.com/!lib@v1.2.0/sub/sub.go", "fork/fork.go",
		"cache/example.com/!ada/old@v1.1.0/old.go", "side/side.go", "sync/once.go")
	t.Run("elsewhere", func(t *testing.T) {
		info, err := buildinfo.ReadFile(binary)
		if err != nil {
			t.Fatal(err)
		}
		for i, file := range files[:2] {
			if got := source.FindIn(file, info, m.env, t.TempDir()); got != "" {
				t.Errorf("%d: %s is at %s", i, file, got)
			}
		}
	})
}

func TestTrimpathVendor(t *testing.T) {
	m := newMachine(t)
	m.run("shop", "mod", "tidy")
	m.run("shop", "mod", "vendor")
	files, binary := m.recorded("shop", "-mod=vendor", "./cmd/web")
	m.check(binary, "shop", files,
		"shop/cmd/web/main.go", "shop/cart/cart.go", "shop/vendor/example.com/Lib/sub/sub.go", "fork/fork.go",
		"shop/vendor/example.com/old/old.go", "side/side.go", "sync/once.go")
}

func TestTrimpathWorkspace(t *testing.T) {
	m := newMachine(t)
	m.run("shop", "mod", "tidy")
	m.write("go.work", "go 1.26\nuse (\n\t./shop\n\t./side // not replaced now\n)\n")
	m.env["GOWORK"] = "" // as where it is not set; scripts/test sets it
	t.Setenv("GOWORK", "")
	mod := filepath.Join(m.dir, "shop", "go.mod")
	text, err := os.ReadFile(mod)
	if err != nil {
		t.Fatal(err)
	}
	m.write("shop/go.mod", strings.ReplaceAll(strings.ReplaceAll(string(text), "replace example.com/side => ../side", ""), "\texample.com/side v0.0.0\n", ""))
	files, binary := m.recorded("shop", "./cmd/web")
	m.check(binary, "side", files, // the process need not run in the main module
		"shop/cmd/web/main.go", "shop/cart/cart.go", "cache/example.com/!lib@v1.2.0/sub/sub.go", "fork/fork.go",
		"cache/example.com/!ada/old@v1.1.0/old.go", "side/side.go", "sync/once.go")
}

// A file named on the command line is in no module; the others are.
func TestTrimpathFile(t *testing.T) {
	m := newMachine(t)
	m.run("shop", "mod", "tidy")
	t.Chdir(filepath.Join(m.dir, "shop", "cmd", "web"))
	files, binary := m.recorded("shop/cmd/web", "main.go")
	m.check(binary, "shop/cmd/web", files[:2], "shop/cmd/web/main.go", "shop/cart/cart.go")
}
