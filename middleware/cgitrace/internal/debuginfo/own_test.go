//go:build dev

package debuginfo_test

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/surcoat/surcoat/middleware/cgitrace/internal/debuginfo"
)

// What a program is told of itself is what the runtime and package reflect say, however it was built.
func TestOwn(t *testing.T) {
	compareOwn(t, []ownBuild{
		{"for development", forDevelopment, 2, false},
		{"optimised", optimised, 0, false},
		{"without paths", append([]string{"-trimpath"}, forDevelopment...), 2, false},
		{"position independent", append([]string{"-buildmode=pie"}, forDevelopment...), 2, true},
	})
}

// The same of programs that take long to build.
func TestOwnSoak(t *testing.T) {
	if os.Getenv("SOAK") == "" {
		t.Skip("SOAK is not set")
	}
	compareOwn(t, []ownBuild{
		{"in DWARF 4", append([]string{"GOEXPERIMENT=nodwarf5"}, forDevelopment...), 2, false},
		{"with the race detector", append([]string{"-race"}, forDevelopment...), 2, false},
		{"linked by the system's linker", append([]string{"-ldflags=-linkmode=external"}, forDevelopment...), 2, false},
	})
}

// An ownBuild is a way to build testdata/self, and what differs from one to the other.
type ownBuild struct {
	how          string
	flags        []string
	dictionaries int
	moved        bool
}

func compareOwn(t *testing.T, ways []ownBuild) {
	for _, way := range ways {
		t.Run(way.how, func(t *testing.T) {
			out, err := exec.Command(build(t, "self", way.flags...)).CombinedOutput()
			if err != nil {
				t.Fatalf("%v: %s", err, out)
			}
			said := strings.TrimSpace(string(out))
			want := regexp.MustCompile(fmt.Sprintf(`^compared [23]\d\d types, \d\d functions, \d{4} instructions, %d dictionaries, moved: %v$`, way.dictionaries, way.moved))
			if !want.MatchString(said) {
				t.Errorf("%s\nwant %s", said, want)
			}
		})
	}
}

// A program without debug information says how to get it.
func TestErrAbsent(t *testing.T) {
	out, err := exec.Command(build(t, "self", "-tags=dev", "-ldflags=-w")).CombinedOutput()
	if err == nil || !strings.Contains(string(out), debuginfo.ErrAbsent.Error()) {
		t.Fatalf("%v: %s", err, out)
	}
	for _, command := range []string{"go build -tags dev -gcflags='./...=-N -l'", "-ldflags=-w=0 -gcflags='./...=-N -l -dwarf=true'"} {
		if !strings.Contains(debuginfo.ErrAbsent.Error(), command) {
			t.Errorf("%s\ndoes not name %s", debuginfo.ErrAbsent, command)
		}
	}
}

// On Linux a program whose file was deleted, or has another one under its name, still has its own
// debug information.
func TestOwnReplaced(t *testing.T) {
	content, err := os.ReadFile(build(t, "self", forDevelopment...))
	if err != nil {
		t.Fatal(err)
	}
	for _, by := range []string{"nothing", "another file"} {
		path := filepath.Join(t.TempDir(), "self")
		if err := os.WriteFile(path, content, 0o700); err != nil {
			t.Fatal(err)
		}
		cmd := exec.Command(path, "wait")
		stdin, err := cmd.StdinPipe()
		if err != nil {
			t.Fatal(err)
		}
		var out strings.Builder
		cmd.Stdout, cmd.Stderr = &out, &out
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		if err := os.Remove(path); err != nil {
			t.Skip("a running program's file stays:", err)
		}
		if by != "nothing" {
			if err := os.WriteFile(path, []byte("not a program"), 0o700); err != nil {
				t.Fatal(err)
			}
		}
		stdin.Close()
		if err := cmd.Wait(); err != nil || !strings.HasPrefix(out.String(), "compared ") {
			t.Errorf("replaced by %s: %v: %s", by, err, &out)
		}
	}
}
