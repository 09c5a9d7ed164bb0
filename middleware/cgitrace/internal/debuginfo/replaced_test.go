//go:build dev

package debuginfo_test

import (
	"errors"
	"os"
	"path/filepath"
	"reflect"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/surcoat/surcoat/middleware/cgitrace/internal/debuginfo"
)

// What changes a file, as a rebuild does, is noticed by what the system says of it.
func TestReplaced(t *testing.T) {
	path := filepath.Join(t.TempDir(), "program")
	write := func(content string) error { return os.WriteFile(path, []byte(content), 0o600) }
	for name, c := range map[string]struct {
		change func() error
		want   bool
	}{
		"nothing": {func() error { return nil }, false},
		"written over": {func() error {
			return errors.Join(write("other"), os.Chtimes(path, time.Time{}, time.Now().Add(time.Hour)))
		}, true},
		"longer": {func() error { return write("longer content") }, true},
		"renamed over": {func() error {
			return errors.Join(os.WriteFile(path+"2", []byte("first"), 0o600), os.Rename(path+"2", path))
		}, true},
		"deleted": {func() error { return os.Remove(path) }, true},
	} {
		if err := write("first"); err != nil {
			t.Fatal(err)
		}
		start, err := os.Stat(path)
		if err != nil {
			t.Fatal(err)
		}
		if err := c.change(); err != nil {
			t.Fatal(err)
		}
		now, _ := os.Stat(path)
		if got := debuginfo.Replaced(start, now); got != c.want {
			t.Errorf("%s: %v", name, got)
		}
	}
	now, _ := os.Stat(t.TempDir())
	if debuginfo.Replaced(nil, nil) || debuginfo.Replaced(nil, now) {
		t.Error("a file of which nothing was known is replaced")
	}
}

// The debug information of another program is not taken for that of the one that runs: not where
// it has other functions, or has them elsewhere.
func TestClaim(t *testing.T) {
	for program, slides := range map[string]bool{"program": true, "self": false} {
		info := open(t, build(t, program, forDevelopment...))
		if err := info.Claim(slides); !errors.Is(err, debuginfo.ErrReplaced) {
			t.Errorf("%s: %v", program, err)
		}
	}
	// One whose functions could be those of this program, had it been loaded elsewhere.
	info := open(t, build(t, "self", forDevelopment...))
	if err := info.Claim(true); err != nil {
		t.Fatal(err)
	}
	refused := 0
	for pc := reflect.ValueOf(TestClaim).Pointer(); runtime.FuncForPC(pc) != nil; pc -= 499 {
		f, err := info.Function(uint64(pc))
		if errors.Is(err, debuginfo.ErrReplaced) {
			refused++
		}
		if err != nil {
			continue
		}
		// Both may have the same function at the same place; nothing else is taken for one.
		name := withoutArguments(runtime.FuncForPC(pc).Name())
		if name != withoutArguments(f.Name) && name != withoutArguments(f.Scopes(uint64(pc))[0].Function) {
			t.Errorf("%s is %s", name, f.Name)
		}
	}
	if refused == 0 {
		t.Error("no function was refused")
	}
	if !strings.Contains(debuginfo.ErrReplaced.Error(), "restart") {
		t.Error(debuginfo.ErrReplaced)
	}
}
