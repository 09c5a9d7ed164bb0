//go:build dev

package debuginfo_test

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"

	"github.com/surcoat/surcoat/middleware/cgitrace/internal/debuginfo"
	"github.com/surcoat/surcoat/middleware/cgitrace/internal/executable"
)

// How the programs of testdata are built: as a developer does, and with optimisation.
var (
	forDevelopment = []string{"-tags=dev", "-gcflags=./...=-N -l"}
	optimised      = []string{"-tags=dev"}
)

// builds holds the binaries of this run.
var builds struct {
	sync.Mutex
	dir  string
	made map[string]string
}

func TestMain(m *testing.M) {
	dir, err := os.MkdirTemp("", "debuginfo")
	if err != nil {
		panic(err)
	}
	builds.dir, builds.made = dir, make(map[string]string)
	code := m.Run()
	os.RemoveAll(dir)
	os.Exit(code)
}

// build builds a program of testdata and returns the binary's path. An argument like
// GOOS=windows goes into the environment.
func build(t testing.TB, program string, args ...string) string {
	t.Helper()
	builds.Lock()
	defer builds.Unlock()
	key := fmt.Sprint(program, args)
	if path := builds.made[key]; path != "" {
		return path
	}
	path := filepath.Join(builds.dir, strconv.Itoa(len(builds.made))+".exe")
	cmd := exec.Command("go", "build", "-o", path)
	cmd.Env = append(os.Environ(), "GOWORK=off", "GOFLAGS=")
	for _, a := range args {
		if strings.HasPrefix(a, "-") {
			cmd.Args = append(cmd.Args, a)
		} else {
			cmd.Env = append(cmd.Env, a)
		}
	}
	cmd.Args = append(cmd.Args, "./testdata/"+program)
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("%v: %v\n%s", cmd.Args, err, out)
	}
	builds.made[key] = path
	return path
}

// open reads the debug information of a binary.
func open(t testing.TB, path string) *debuginfo.Info {
	t.Helper()
	f, err := executable.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	i, err := debuginfo.New(f)
	if err != nil {
		t.Fatal(err)
	}
	return i
}

// A place is one to which the program came.
type place struct {
	pc        uint64
	line      int
	functions []string          // innermost first, of which all but the last are inlined
	addresses map[string]uint64 // of variables
}

// run runs a binary of testdata/program and returns the places by name.
func run(t testing.TB, path string) map[string]place {
	t.Helper()
	out, err := exec.Command(path).CombinedOutput()
	if err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	places := make(map[string]place)
	for line := range strings.Lines(string(out)) {
		name, rest, _ := strings.Cut(strings.TrimSpace(line), ": ")
		code, variables, _ := strings.Cut(rest, " .")
		words := strings.Fields(code)
		p := place{pc: number(t, words[0]), line: int(number(t, words[1])), functions: words[2:], addresses: make(map[string]uint64)}
		for pair := range slices.Chunk(strings.Fields(variables), 2) {
			p.addresses[pair[0]] = number(t, pair[1])
		}
		places[name] = p
	}
	return places
}

func number(t testing.TB, s string) uint64 {
	t.Helper()
	n, err := strconv.ParseUint(s, 10, 64)
	if err != nil {
		t.Fatal(err)
	}
	return n
}

// described writes a variable as the tables have it: role, name, type.
func described(v debuginfo.Variable) string {
	role := map[debuginfo.Role]string{
		debuginfo.Local: "", debuginfo.Argument: "arg ", debuginfo.Result: "result ", debuginfo.Captured: "captured ", debuginfo.Package: "package ",
	}[v.Role]
	box, kind := "", "?"
	if v.Boxed {
		box = "&"
	}
	if v.Type != nil {
		kind = v.Type.Name
	}
	return role + box + v.Name + " " + kind + strings.Repeat("'", v.Depth)
}
