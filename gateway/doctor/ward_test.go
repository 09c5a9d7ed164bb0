package doctor_test

import (
	"os"
	"os/user"
	"path/filepath"
	"strings"
	"testing"

	"github.com/surcoat/surcoat/gateway/doctor"
)

// ward is a folder that every user may enter, unlike those of package testing.
type ward struct {
	t   *testing.T
	dir string
}

func newWard(t *testing.T) *ward {
	t.Helper()
	dir, err := os.MkdirTemp("", "ward")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = os.RemoveAll(dir) })
	if err := os.Chmod(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	return &ward{t, dir}
}

// put writes a file, whatever the umask.
func (w *ward) put(name, content string, mode os.FileMode) string {
	w.t.Helper()
	path := filepath.Join(w.dir, name)
	if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
		w.t.Fatal(err)
	}
	w.chmod(path, mode)
	return path
}

func (w *ward) mkdir(name string, mode os.FileMode) string {
	w.t.Helper()
	path := filepath.Join(w.dir, name)
	if err := os.Mkdir(path, 0o755); err != nil {
		w.t.Fatal(err)
	}
	w.chmod(path, mode)
	return path
}

func (w *ward) chmod(path string, mode os.FileMode) {
	w.t.Helper()
	if err := os.Chmod(path, mode); err != nil {
		w.t.Fatal(err)
	}
}

func (w *ward) link(target, name string) string {
	w.t.Helper()
	path := filepath.Join(w.dir, name)
	if err := os.Symlink(target, path); err != nil {
		w.t.Fatal(err)
	}
	return path
}

// faults are the causes of a report's faults, or of its warnings where there is no fault.
func faults(r *doctor.Report) string {
	for _, level := range []doctor.Level{doctor.Fault, doctor.Warning} {
		var causes []string
		for _, f := range r.Findings {
			if f.Level == level {
				causes = append(causes, string(f.Cause))
			}
		}
		if len(causes) > 0 {
			return strings.Join(causes, " ")
		}
	}
	return ""
}

func examine(t *testing.T, file string, o doctor.Options) *doctor.Report {
	t.Helper()
	r, err := doctor.Examine(t.Context(), file, o)
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range r.Findings {
		if f.Text == "" || f.Fix == "" || f.File == "" || f.Evidence == "" && f.Cause != doctor.NoContentType {
			t.Errorf("%s: a finding without text, fix, file or evidence: %+v", file, f)
		}
	}
	return r
}

// needs skips a test for want of something that the machine has to have, loudly, and fails it
// where CI is set.
func needs(t *testing.T, have bool, what string) {
	t.Helper()
	if have {
		return
	}
	if os.Getenv("CI") != "" {
		t.Fatalf("CI has to have %s", what)
	}
	t.Skipf("NOT TESTED: there is no %s", what)
}

func haveUser(name string) bool {
	_, err := user.Lookup(name)
	return err == nil
}
