//go:build dev

package stack_test

import (
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"runtime"
	"strings"
	"testing"

	"github.com/surcoat/surcoat/middleware/cgitrace/internal/debuginfo"
	"github.com/surcoat/surcoat/middleware/cgitrace/internal/memory/memorytest"
)

// The variables of the environment by which a test binary learns how it is run.
const (
	inside = "STACK_TEST_INSIDE" // it was built by this test, which waits for it
	refuse = "STACK_TEST_REFUSE" // the kernel is to refuse to read memory
)

// supported reports whether the machine is one on which variables are read.
const supported = runtime.GOARCH == "amd64" || runtime.GOARCH == "arm64"

const optimised = "optimised" // what inside says of a binary that is

func TestMain(m *testing.M) {
	if os.Getenv(refuse) != "" {
		if err := memorytest.Refuse(); err != nil {
			fmt.Println("skipped:", err)
			os.Exit(3)
		}
	}
	os.Exit(m.Run())
}

// informed skips a test where there is no debug information, which "go test" leaves out of the
// binaries that it runs. The binaries that TestBuilds makes have it.
func informed(t testing.TB) {
	t.Helper()
	if !supported {
		t.Skip("variables are not read on this machine")
	}
	if _, err := debuginfo.Own(); err == nil {
		return
	} else if os.Getenv(inside) != "" {
		t.Fatal(err)
	}
	t.Skip("runs in the binaries that TestBuilds makes")
}

// mode is how these tests are built and run.
type mode struct {
	name   string
	flags  []string // for go test -c; those with "=" and without "-" are for the environment
	refuse bool
	exec   string // what runs binaries for another machine
}

const development = "-gcflags=github.com/surcoat/surcoat/...=-N -l"

// As a developer builds, as a user does, and where the kernel does not read memory.
func TestBuilds(t *testing.T) {
	var race []string
	if raceEnabled {
		race = []string{"-race"}
	}
	forDevelopers := append(race, development)
	runModes(t, []mode{
		{name: "development", flags: forDevelopers},
		{name: "refused", flags: forDevelopers, refuse: true},
		{name: optimised, flags: race},
	})
}

// All other ways of building that change what the linker writes or where the program lies.
func TestBuildsSoak(t *testing.T) {
	if os.Getenv("SOAK") == "" {
		t.Skip("long; set SOAK=1")
	}
	runModes(t, []mode{
		{name: "all of it for debuggers", flags: []string{"-gcflags=all=-N -l"}},
		{name: "race", flags: []string{"-race", development}},
		{name: "race optimised", flags: []string{"-race"}},
		{name: "position independent", flags: []string{"-buildmode=pie", development}},
		{name: "trimpath", flags: []string{"-trimpath", development}},
		{name: "no cgo", flags: []string{"CGO_ENABLED=0", development}},
		{name: "external linker", flags: []string{"-ldflags=-w=0 -linkmode=external", development}},
		{name: "external linker, position independent", flags: []string{"-buildmode=pie", "-ldflags=-w=0 -linkmode=external", development}},
		{name: "DWARF 4", flags: []string{"GOEXPERIMENT=nodwarf5", development}},
		{name: "DWARF 4, optimised", flags: []string{"GOEXPERIMENT=nodwarf5"}},
		{name: "not compressed", flags: []string{"-ldflags=-w=0 -compressdwarf=false", development}},
		{name: "arm64", flags: []string{"GOARCH=arm64", "CGO_ENABLED=0", development}, exec: "qemu-aarch64-static"},
		{name: "arm64 optimised", flags: []string{"GOARCH=arm64", "CGO_ENABLED=0"}, exec: "qemu-aarch64-static"},
	})
}

func runModes(t *testing.T, modes []mode) {
	if os.Getenv(inside) != "" || !supported {
		t.Skip("this is one of them, or variables are not read on this machine")
	}
	goTool, err := exec.LookPath("go")
	if err != nil {
		absent(t, err)
	}
	dir, built := t.TempDir(), make(map[string]string)
	for _, m := range modes {
		t.Run(m.name, func(t *testing.T) {
			runner := ""
			if m.exec != "" && runtime.GOARCH != "arm64" {
				if runner, err = exec.LookPath(m.exec); err != nil {
					absent(t, err)
				}
			}
			key := fmt.Sprint(m.flags)
			if built[key] == "" {
				built[key] = m.build(t, goTool, dir)
			}
			m.run(t, runner, built[key])
		})
	}
}

func absent(t *testing.T, err error) {
	t.Helper()
	if os.Getenv("CI") != "" {
		t.Fatal(err)
	}
	t.Skip("NOT TESTED: ", err)
}

// build compiles these tests with the debug information left in.
func (m mode) build(t *testing.T, goTool, dir string) (path string) {
	t.Helper()
	path = filepath.Join(dir, strings.ReplaceAll(m.name, " ", "-")+".test.exe")
	c := exec.Command(goTool, "test", "-c", "-tags=dev", "-o", path, "-ldflags=-w=0")
	c.Env = append(os.Environ(), "GOWORK=off", "GOFLAGS=")
	for _, f := range m.flags {
		if strings.HasPrefix(f, "-") {
			c.Args = append(c.Args, f)
		} else {
			c.Env = append(c.Env, f)
		}
	}
	if out, err := c.CombinedOutput(); err != nil {
		t.Fatalf("%v: %v\n%s", c.Args, err, out)
	}
	return path
}

// run runs the tests in a binary.
func (m mode) run(t *testing.T, runner, path string) {
	args := []string{path, "-test.v", "-test.short=" + fmt.Sprint(testing.Short() || runner != "")}
	if runner != "" {
		args = append([]string{runner}, args...)
	}
	c := exec.Command(args[0], args[1:]...)
	c.Env = append(os.Environ(), inside+"="+optimised)
	if strings.Contains(fmt.Sprint(m.flags), "-N") {
		c.Env = append(c.Env, inside+"=for debuggers")
	}
	if m.refuse {
		c.Env = append(c.Env, refuse+"=1")
	}
	out, err := c.CombinedOutput()
	if m.refuse && c.ProcessState != nil && c.ProcessState.ExitCode() == 3 {
		absent(t, fmt.Errorf("%s", bytes.TrimSpace(out)))
	}
	passed := bytes.Count(out, []byte("\n--- PASS"))
	if err != nil || passed < 10 {
		t.Errorf("%v; %d tests passed\n%s", err, passed, quiet.ReplaceAll(out, nil))
	}
}

// quiet are the lines of a test's output that tell of no failure.
var quiet = regexp.MustCompile(`(?m)^ *(=== |--- PASS|--- SKIP|PASS$).*\n`)
