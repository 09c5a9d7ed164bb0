//go:build dev && (linux || windows) && (amd64 || arm64)

package inspect_test

import (
	"os"
	"os/exec"
	"runtime"
	"strconv"
	"strings"
	"testing"

	"github.com/surcoat/surcoat/middleware/cgitrace/internal/debuginfo"
)

// verdicts are what the fixture found of the values that it knows. Those that are Missing are not
// listed at all, even as gone.
type verdicts struct {
	Right, Absent, Wrong, Missing, Stale, Captures, Exact int
	Faults, Gone                                          []string
}

// values is how many the fixture knows.
const values = 219

// still keeps the collector from running between a value's last use and the panic.
var still = []string{"GOGC=off"}

// In a build without optimisation every value is shown, and is the one it is known to be. In an
// optimised one many are gone, and none is wrong.
func TestTruth(t *testing.T) {
	for _, tt := range []struct {
		build *build
		right int // at least so many
	}{
		{whole, values},
		{optimised, 50},
		{newBuild("fixture alone", nil, unoptimised), values},
		{raced, values},
		{newBuild("race, optimised", nil, "-race"), 110},
		{newBuild("trimpath", nil, "-trimpath", unoptimised), values},
		{newBuild("pie", nil, "-buildmode=pie", unoptimised), values},
		{newBuild("without cgo", []string{"CGO_ENABLED=0"}, unoptimised), values},
		{newBuild("DWARF 4", []string{"GOEXPERIMENT=nodwarf5"}, unoptimised), values},
		{newBuild("DWARF 4, optimised", []string{"GOEXPERIMENT=nodwarf5"}), 50},
		{newBuild("inlined", nil, "-gcflags=./testdata/fixture=-N"), 200},
		{newBuild("not inlined", nil, "-gcflags=./testdata/fixture=-l"), 50},
		{newBuild("uncompressed", nil, "-ldflags=-compressdwarf=false", unoptimised), values},
	} {
		t.Run(tt.build.name, func(t *testing.T) {
			t.Parallel()
			var v verdicts
			tt.build.run(t, &v, still, "truth")
			v.check(t, tt.right)
		})
	}
}

func (v *verdicts) check(t *testing.T, right int) {
	t.Helper()
	t.Logf("%d right, %d absent, %d wrong, %d missing in %d captures", v.Right, v.Absent, v.Wrong, v.Missing, v.Captures)
	if v.Wrong > 0 || len(v.Faults) > 0 || v.Right < right {
		t.Errorf("not as it is known:\n%s", strings.Join(v.Faults, "\n"))
	}
	if right == values && len(v.Gone) > 0 {
		t.Errorf("gone, though nothing is optimised:\n%s", strings.Join(v.Gone, "\n"))
	}
}

// Panics that are looked at at the same time do not disturb one another, nor race.
func TestTruthInParallel(t *testing.T) {
	t.Parallel()
	const n = 8
	var v verdicts
	raced.run(t, &v, still, "parallel", strconv.Itoa(n))
	if v.Right != n*values || len(v.Faults) > 0 {
		t.Errorf("%d right instead of %d:\n%s", v.Right, n*values, strings.Join(v.Faults, "\n"))
	}
}

// Where the kernel refuses to read, values are loaded, and are the same.
func TestTruthRefused(t *testing.T) {
	t.Parallel()
	var v verdicts
	whole.run(t, &v, append(still, "REFUSE=1"), "truth")
	v.check(t, values)
}

// The commands by which go run and go test keep the debug information.
func TestTruthUnderGo(t *testing.T) {
	const kept = "-gcflags=./testdata/fixture=-N -l -dwarf=true"
	t.Run("run", func(t *testing.T) {
		t.Parallel()
		var v verdicts
		execute(t, &v, still, "go", "run", "-tags", "dev", "-ldflags=-w=0", kept, "./testdata/fixture", "truth")
		v.check(t, values)
	})
	t.Run("test", func(t *testing.T) {
		t.Parallel()
		cmd := exec.Command("go", "test", "-tags", "dev", "-count=1", "-ldflags=-w=0", kept, "./testdata/fixture")
		cmd.Env = append(os.Environ(), "FIXTURE=truth")
		if out, err := cmd.CombinedOutput(); err != nil {
			t.Errorf("%v\n%s", err, out)
		}
	})
}

// Values lead to one another by the rules of the language.
func TestNavigate(t *testing.T) {
	t.Parallel()
	var wrong []string
	whole.run(t, &wrong, nil, "navigate")
	for _, w := range wrong {
		t.Error(w)
	}
}

// A binary without debug information has no values, and the reason is one that helps.
func TestStripped(t *testing.T) {
	t.Parallel()
	var v verdicts
	newBuild("stripped", nil, "-ldflags=-w").run(t, &v, nil, "truth")
	if v.Right+v.Wrong > 0 || len(v.Faults) == 0 {
		t.Fatalf("%d values and %d faults", v.Right+v.Wrong, len(v.Faults))
	}
	if v.Faults[0] != debuginfo.ErrAbsent.Error() || !strings.Contains(v.Faults[0], "go build -tags dev") {
		t.Errorf("it says %q", v.Faults[0])
	}
}

// The same on another architecture, under an emulator.
func TestTruthARM64(t *testing.T) {
	if runtime.GOARCH != "amd64" || runtime.GOOS != "linux" {
		t.Skip("the emulator is for linux/amd64")
	}
	emulator, err := exec.LookPath("qemu-aarch64-static")
	if err != nil {
		emulator, err = exec.LookPath("qemu-aarch64")
	}
	if err != nil && os.Getenv("CI") != "" {
		t.Fatal("qemu-user-static is not installed")
	} else if err != nil {
		t.Skip("NOT TESTED: qemu-user-static is not installed, so nothing is known of arm64")
	}
	for _, b := range []struct {
		build *build
		right int
	}{
		{newBuild("arm64", []string{"GOARCH=arm64", "CGO_ENABLED=0"}, unoptimised), values},
		{newBuild("arm64, optimised", []string{"GOARCH=arm64", "CGO_ENABLED=0"}), 50},
	} {
		t.Run(b.build.name, func(t *testing.T) {
			t.Parallel()
			file, err := b.build.built()
			if err != nil {
				t.Fatal(err)
			}
			var v verdicts
			execute(t, &v, still, emulator, file, "truth")
			v.check(t, b.right)
		})
	}
}

// A pointer to where the stack was before it moved shows what it pointed to or nothing, and never
// what lies there now.
func TestMoved(t *testing.T) {
	t.Parallel()
	const n = 10
	for _, b := range []*build{whole, optimised} {
		var v verdicts
		b.run(t, &v, nil, "moved", strconv.Itoa(n))
		t.Logf("%s: %d right, %d absent", b.name, v.Right, v.Absent)
		if v.Captures != n || v.Right+v.Absent+v.Missing != n || len(v.Faults) > 0 {
			t.Errorf("%s: %+v", b.name, v)
		}
	}
}

// While memory is reused as fast as can be, values are right as long as no collection was
// completed; the page says where one was.
func TestStressSoak(t *testing.T) {
	t.Parallel()
	seconds := 1
	if os.Getenv("SOAK") != "" {
		seconds = 60
	}
	for _, b := range []*build{whole, optimised} {
		var v verdicts
		b.run(t, &v, nil, "stress", strconv.Itoa(seconds))
		t.Logf("%s: %d captures, %d of them without a collection; %d right, %d wrong, %d stale", b.name, v.Captures, v.Exact, v.Right, v.Wrong, v.Stale)
		if v.Wrong > 0 || v.Exact == 0 {
			t.Errorf("%s:\n%s", b.name, strings.Join(v.Faults, "\n"))
		}
	}
}
