package main_test

import (
	"debug/dwarf"
	"debug/elf"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
)

// TestDevFlags asks the program how it was built.
func TestDevFlags(t *testing.T) {
	for _, tt := range []struct {
		name, goflags string
		args          []string
		want          []string
		not           string
	}{
		{"plain", "-buildvcs=false", nil, []string{"-tags=dev\n", `-gcflags="example.com/site/...=-N -l"`}, "-race"},
		{"more tags", "-buildvcs=false -tags=one,two", []string{"--tags", "three,one"}, []string{"-tags=dev,three,one,two\n"}, ""},
		{"GOFLAGS", "-buildvcs=false '-ldflags=-s -w -X main.x=y'", nil, []string{`-ldflags="-s -w -X main.x=y -s=0 -w=0"`}, ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			d := develop(t, site(t), []string{"GOFLAGS=" + tt.goflags}, append(tt.args, "--", "-addr", "LISTEN")...)
			_, info := d.get("/build", "*/*")
			for _, want := range tt.want {
				if !strings.Contains(strings.ReplaceAll(info, "\t", " "), want) {
					t.Errorf("not built with %s:\n%s", want, info)
				}
			}
			if tt.not != "" && strings.Contains(info, tt.not) {
				t.Errorf("built with %s:\n%s", tt.not, info)
			}
			d.wantVariables(1, "example.com/site") // words has nothing to compile
		})
	}
}

// wantVariables checks that the program has all variables of n packages that begin with
// prefix, and was optimised otherwise.
func (d *developed) wantVariables(n int, prefix string) {
	d.t.Helper()
	if runtime.GOOS != "linux" {
		return
	}
	_, pid := d.get("/pid", "*/*")
	f, err := elf.Open(filepath.Join("/proc", pid, "exe"))
	if err != nil {
		d.t.Fatal(err)
	}
	defer f.Close()
	info, err := f.DWARF()
	if err != nil {
		d.t.Fatal(err)
	}
	found := 0
	for units := info.Reader(); ; units.SkipChildren() {
		unit, err := units.Next()
		if err != nil {
			d.t.Fatal(err)
		}
		if unit == nil {
			break
		}
		name, _ := unit.Val(dwarf.AttrName).(string)
		producer, _ := unit.Val(dwarf.AttrProducer).(string) // has the compiler's flags
		ours := strings.HasPrefix(name, prefix) || name == "main"
		if kept := strings.Contains(producer, "-N") && strings.Contains(producer, "-l"); strings.HasPrefix(producer, "Go cmd/compile") && ours != kept {
			d.t.Errorf("%s was built by %s", name, producer)
		}
		if ours {
			found++
		}
	}
	if found != n {
		d.t.Errorf("%d packages of %s were found", found, prefix)
	}
}

// TestDevWorkspace checks that what is under development in other modules is watched and
// built for it too, wherever the current folder is.
func TestDevWorkspace(t *testing.T) {
	root := t.TempDir()
	d := &developed{t: t, dir: root}
	d.write("go.work", "go 1.26\n\nuse (\n\t./app\n\t./lib\n)\n")
	d.write("app/go.mod", "module example.com/app\n\ngo 1.26\n\nrequire example.com/replaced v0.0.0\n\nreplace example.com/replaced => ../replaced\n")
	d.write("lib/go.mod", "module example.com/lib\n\ngo 1.26\n")
	d.write("replaced/go.mod", "module example.com/replaced\n\ngo 1.26\n")
	d.write("lib/text/text.go", "package text\n\nfunc Text() string { return \"lib\" }\n")
	d.write("replaced/text.go", "package replaced\n\nfunc Text() string { return \"replaced\" }\n")
	d.write("app/cmd/app/main.go", `package main

import (
	"fmt"
	"net/http"
	"os"

	"example.com/lib/text"
	"example.com/replaced"
)

func main() {
	http.HandleFunc("/", func(w http.ResponseWriter, _ *http.Request) { fmt.Fprintln(w, text.Text(), replaced.Text()) })
	http.HandleFunc("/pid", func(w http.ResponseWriter, _ *http.Request) { fmt.Fprint(w, os.Getpid()) })
	http.ListenAndServe("ADDR", nil)
}
`)
	d = develop(t, filepath.Join(root, "lib"), []string{"GOWORK="}, "../app/cmd/app")
	main := filepath.Join(root, "app", "cmd", "app", "main.go")
	if err := os.WriteFile(main, []byte(strings.ReplaceAll(read(t, main), "ADDR", d.addr)), 0o600); err != nil {
		t.Fatal(err)
	}
	d.want("/", 200, "lib replaced")
	d.wantVariables(3, "example.com/")
	d.dir = root
	d.write("lib/text/text.go", "package text\n\nfunc Text() string { return \"another\" }\n")
	d.want("/", 200, "another replaced")
	d.write("replaced/text.go", "package replaced\n\nfunc Text() string { return \"other\" }\n")
	d.want("/", 200, "another other")
	mod := read(t, filepath.Join(root, "app", "go.mod"))
	d.write("app/go.mod", "module example.com/app\n\nwrong\n")
	d.want("/", 503, "go.mod:3")
	d.write("app/go.mod", mod)
	d.want("/", 200, "another other")
}

// TestDevAddress tells the program its address in each way that there is.
func TestDevAddress(t *testing.T) {
	t.Run("flag", func(t *testing.T) {
		d := develop(t, site(t), nil, "--", "-addr={addr}")
		_, env := d.get("/env", "*/*")
		f := strings.Fields(env) // ADDR PORT RemoteAddr
		if len(f) != 3 || f[0] == d.addr || !strings.HasSuffix(f[0], ":"+f[1]) {
			t.Errorf("in the environment: %q", env)
		}
	})
	t.Run("port", func(t *testing.T) { develop(t, site(t), nil, "--", "-addr=localhost:{port}").want("/", 200, "hello") })
	t.Run("its own", func(t *testing.T) {
		d := develop(t, site(t), nil, "--", "-addr", "LISTEN")
		_, env := d.get("/env", "*/*")
		_, port, _ := net.SplitHostPort(d.addr)
		if f := strings.Fields(env); len(f) != 3 || f[0] != d.addr || f[1] != port {
			t.Errorf("in the environment: %q", env)
		}
	})
}

func TestDevElsewhere(t *testing.T) {
	if runtime.GOOS != "linux" {
		t.Skip("only Linux tells who listens where")
	}
	other := freeAddr(t)
	d := develop(t, site(t), nil, "--", "-addr", other)
	d.want("/", 503, "The program listens at "+other)
	d.says("the program listens at " + other)
}

// TestDevOccupied has a program that insists on an address that is taken.
func TestDevOccupied(t *testing.T) {
	d := develop(t, site(t), []string{"GOFLAGS=-buildvcs=false -overlay=" + empty(t)}, "--", "-addr", "LISTEN")
	d.want("/", 503, "put {addr} where its arguments have that address")
}

// empty is an overlay that the user has for a reason of their own.
func empty(t *testing.T) string {
	t.Helper()
	name := filepath.Join(t.TempDir(), "overlay.json")
	if err := os.WriteFile(name, []byte("{}"), 0o600); err != nil {
		t.Fatal(err)
	}
	return name
}

func TestDevFiles(t *testing.T) {
	dir := site(t)
	d := &developed{t: t, dir: dir}
	d.write("other.go", "//go:build ignore\n\npackage main\n\nfunc main() { oops }\n")
	d = develop(t, dir, nil, "main.go", "--", "-addr", "LISTEN")
	d.want("/", 200, "hello")
	d.wantVariables(1, "example.com/site") // words has nothing to compile
}

func TestDevRefuses(t *testing.T) {
	taken, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer taken.Close()
	dir, outside := site(t), t.TempDir()
	for _, tt := range []struct {
		dir, args string
		env       string
		status    int
		err       string
	}{
		{dir, "dev ./words", "", 1, "only a package main can be run"},
		{dir, "dev ./...", "", 1, "names 2 packages"},
		{dir, "dev ./none", "", 1, "none"},
		{dir, "dev ./static", "", 1, "static"},
		{dir, "dev . more", "", 2, "come after --"},
		{dir, "dev -addr :9", "", 2, "come after --"},
		{dir, "dev --grace -1s", "", 2, "--grace"},
		{dir, "dev --grace 5", "", 2, "missing unit"},
		{dir, "dev --editor javascript:{file}", "", 2, "--editor"},
		{dir, "dev --listen " + taken.Addr().String(), "", 1, "is in use: stop what listens there, or choose another"},
		{dir, "dev --listen 3000", "", 1, "HOST:PORT, such as"},
		{dir, "dev --listen localhost:nowhere", "", 1, "--listen"},
		{outside, "dev", "", 1, "go.mod"},
		{dir, "dev", "PATH=", 1, "there is no go command"},
		{dir, "dev", "GOFLAGS='-x", 1, "GOFLAGS"},
	} {
		c := exec.CommandContext(t.Context(), surcoat, strings.Fields(tt.args)...)
		c.Dir = tt.dir
		c.Env = append(os.Environ(), "GOWORK=off", tt.env)
		o := runCommand(t, c, "")
		if o.status != tt.status || !strings.Contains(o.err, tt.err) {
			t.Errorf("%s: status %d, %q, want %d, %q", tt.args, o.status, o.err, tt.status, tt.err)
		}
	}
}
