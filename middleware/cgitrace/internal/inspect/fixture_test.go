//go:build dev && (linux || windows) && (amd64 || arm64)

package inspect_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"testing"
)

// The flags with which dev builds are made, for the fixture and for all of this module.
const (
	unoptimised = "-gcflags=./testdata/fixture=-N -l"
	allOfModule = "-gcflags=github.com/surcoat/surcoat/...=-N -l"
)

// build is a way to build the fixture.
type build struct {
	name  string
	flags []string
	env   []string
	built func() (file string, err error) // once
}

func newBuild(name string, env []string, flags ...string) *build {
	b := &build{name: name, flags: flags, env: env}
	b.built = sync.OnceValues(b.make)
	return b
}

// The builds that more than one test runs.
var (
	whole     = newBuild("of the whole module", nil, allOfModule)
	optimised = newBuild("optimised", nil)
	raced     = newBuild("race", nil, "-race", unoptimised)
)

// compilers are how many builds go on at once: each has the compiler run on several processors as it
// is.
var compilers = make(chan bool, 2)

var folder string // of what is built

func TestMain(m *testing.M) {
	var err error
	if folder, err = os.MkdirTemp("", "inspect"); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	code := m.Run()
	_ = os.RemoveAll(folder)
	os.Exit(code)
}

func (b *build) make() (string, error) {
	compilers <- true
	defer func() { <-compilers }()
	file := filepath.Join(folder, strings.ReplaceAll(b.name, " ", "-"))
	if runtime.GOOS == "windows" {
		file += ".exe"
	}
	cmd := exec.Command("go", append(append([]string{"build", "-tags", "dev", "-o", file}, b.flags...), "./testdata/fixture")...)
	cmd.Env = append(os.Environ(), b.env...)
	if out, err := cmd.CombinedOutput(); err != nil {
		return "", fmt.Errorf("%v: %w\n%s", cmd.Args, err, out)
	}
	return file, nil
}

// run runs the fixture and reads what it reports.
func (b *build) run(t *testing.T, result any, env []string, args ...string) {
	t.Helper()
	file, err := b.built()
	if err != nil {
		t.Fatal(err)
	}
	execute(t, result, env, append([]string{file}, args...)...)
}

// execute runs a command and reads the JSON that it writes.
func execute(t *testing.T, result any, env []string, args ...string) {
	t.Helper()
	cmd := exec.Command(args[0], args[1:]...)
	var stderr bytes.Buffer
	cmd.Env, cmd.Stderr = append(os.Environ(), env...), &stderr
	out, err := cmd.Output()
	if cmd.ProcessState != nil && cmd.ProcessState.ExitCode() == 3 && os.Getenv("CI") == "" {
		t.Skipf("NOT TESTED: %s", &stderr)
	}
	if err != nil {
		t.Fatalf("%v: %v\n%.3000s", args, err, &stderr)
	}
	if err := json.Unmarshal(out, result); err != nil {
		t.Fatalf("%v: %v in %.500s", args, err, out)
	}
}
