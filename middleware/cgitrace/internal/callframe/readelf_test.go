//go:build dev

package callframe_test

import (
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"runtime"
	"strconv"
	"testing"

	"github.com/surcoat/surcoat/middleware/cgitrace/internal/callframe"
	"github.com/surcoat/surcoat/middleware/cgitrace/internal/executable"
)

// A line of readelf's: an address, the CFA as register+offset, the return address as
// "c-offset", "u" for undefined; nothing, or "s", for the same. arm64 has a column for sp's
// rule before the last.
var line = regexp.MustCompile(`(?m)^([0-9a-f]{16}) (?:rsp|sp)\+(\d+) +(?:c-(\d+)|(u)|(s))?( +v\+0)? *(?:c-(\d+)|(u)|(s))? *$`)

// The rules of a whole program are those that readelf finds. Without SOAK=1 only this machine's
// is looked at.
func TestReadelfSoak(t *testing.T) {
	readelf, err := exec.LookPath("readelf")
	if err != nil {
		if os.Getenv("CI") != "" && runtime.GOOS == "linux" {
			t.Fatal(err)
		}
		t.Skip("NOT TESTED: no readelf here: ", err)
	}
	for _, arch := range []string{"amd64", "arm64"} {
		if arch != runtime.GOARCH && os.Getenv("SOAK") == "" {
			continue
		}
		t.Run(arch, func(t *testing.T) {
			path := build(t, arch)
			f, err := executable.Open(path)
			if err != nil {
				t.Fatal(err)
			}
			defer f.Close()
			table, err := callframe.Parse(f.Section("debug_frame"))
			if err != nil {
				t.Fatal(err)
			}
			out, err := exec.Command(readelf, "--debug-dump=frames-interp", path).Output()
			if err != nil {
				t.Fatal(err)
			}
			rows := line.FindAllSubmatch(out, -1)
			for _, row := range rows {
				pc, _ := strconv.ParseUint(string(row[1]), 16, 64)
				if pc == 0 { // the CIE's
					continue
				}
				if got, ok := table.At(pc); !ok || fmt.Sprint(got) != fmt.Sprint(rule(row)) {
					t.Errorf("%#x: %+v, %t; readelf: %s", pc, got, ok, row[0])
				}
			}
			t.Logf("%d rows", len(rows))
			if len(rows) < 5000 {
				t.Errorf("readelf has %d rows", len(rows))
			}
		})
	}
}

// rule is what a line of readelf's says.
func rule(row [][]byte) (r callframe.Rule) {
	number := func(b []byte) int64 {
		n, _ := strconv.ParseInt(string(b), 10, 64)
		return n
	}
	r.CFA = number(row[2])
	for _, at := range []int{3, 7} {
		if len(row[at]) > 0 {
			r.Return, r.Saved = -number(row[at]), true
		}
		if len(row[at+1]) > 0 {
			r.Top = true
		}
	}
	return r
}

// build builds the smallest program for Linux on a machine.
func build(t testing.TB, arch string) (path string) {
	t.Helper()
	dir := t.TempDir()
	source := filepath.Join(dir, "main.go")
	if err := os.WriteFile(source, []byte("package main\n\nfunc main() {}\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	path = filepath.Join(dir, "program")
	c := exec.Command("go", "build", "-o", path, source)
	c.Env = append(os.Environ(), "GOOS=linux", "GOARCH="+arch, "CGO_ENABLED=0", "GOFLAGS=")
	if out, err := c.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, bytes.TrimSpace(out))
	}
	return path
}

func BenchmarkTable(b *testing.B) {
	f, err := executable.Open(build(b, "amd64"))
	if err != nil {
		b.Fatal(err)
	}
	defer f.Close()
	section := f.Section("debug_frame")
	table, err := callframe.Parse(section)
	if err != nil {
		b.Fatal(err)
	}
	b.Run("Parse", func(b *testing.B) {
		b.ReportAllocs()
		b.SetBytes(int64(len(section)))
		for b.Loop() {
			_, _ = callframe.Parse(section)
		}
	})
	b.Run("At", func(b *testing.B) {
		b.ReportAllocs()
		pc := uint64(0x401000)
		for b.Loop() {
			table.At(pc)
			pc = 0x401000 + (pc*7+11)%0x40000
		}
	})
}
