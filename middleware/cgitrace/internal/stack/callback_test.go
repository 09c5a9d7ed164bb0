//go:build dev

package stack_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
)

// Where C code has called Go code, the frames on either side of it are found, and so they are
// in a thread of C's own.
func TestCallbackSoak(t *testing.T) {
	if os.Getenv("SOAK") == "" || os.Getenv(inside) != "" {
		t.Skip("needs a C compiler; set SOAK=1")
	}
	path := filepath.Join(t.TempDir(), "callback.exe")
	c := exec.Command("go", "build", "-tags=dev", development, "-o", path, "./testdata/callback")
	c.Env = append(os.Environ(), "GOWORK=off", "GOFLAGS=", "CGO_ENABLED=1")
	if raceEnabled {
		c.Args = append(c.Args[:2:2], append([]string{"-race"}, c.Args[2:]...)...)
	}
	if out, err := c.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	out, err := exec.Command(path).CombinedOutput()
	if err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	stacks := 0
	met := make(map[string]int)
	var last uint64
	for line := range strings.Lines(string(out)) {
		name, at, ok := strings.Cut(strings.TrimSpace(line), " 0x")
		if !ok { // a title
			stacks++
			last = 0
			continue
		}
		met[name]++
		cfa, _ := strconv.ParseUint(at, 16, 64)
		if cfa <= last {
			t.Errorf("%s is at %#x, which is not further out than %#x", name, cfa, last)
		}
		last = cfa
	}
	if stacks != 4 || met["main.panics"] != 3 || met["main.callback"] != 3 || met["main._Cfunc_nested"] != 2 || met["runtime.goexit"] != 4 {
		t.Errorf("%d stacks, met %v:\n%s", stacks, met, out)
	}
}
