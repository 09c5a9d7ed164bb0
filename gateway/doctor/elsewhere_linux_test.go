package doctor_test

import (
	"bytes"
	"fmt"
	"io"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"syscall"
	"testing"

	"github.com/surcoat/surcoat/gateway/doctor"
)

// again runs tests of this binary in another process, which is told by a variable.
func again(t *testing.T, tests string, how *syscall.SysProcAttr, env ...string) {
	t.Helper()
	w := newWard(t)
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	in, err := os.Open(self)
	if err != nil {
		t.Fatal(err)
	}
	defer in.Close()
	copied := filepath.Join(w.dir, "test")
	out, err := os.OpenFile(copied, os.O_CREATE|os.O_WRONLY, 0o755)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := io.Copy(out, in); err != nil {
		t.Fatal(err)
	}
	if err := out.Close(); err != nil {
		t.Fatal(err)
	}
	w.chmod(copied, 0o755)
	cmd := exec.CommandContext(t.Context(), copied, "-test.run", tests, "-test.v")
	cmd.Dir, cmd.Env = w.dir, append(os.Environ(), env...)
	how.Pdeathsig = syscall.SIGKILL
	cmd.SysProcAttr = how
	runtime.LockOSThread() // Pdeathsig is about the thread
	defer runtime.UnlockOSThread()
	b, err := cmd.CombinedOutput()
	switch {
	case err != nil:
		t.Errorf("%v\n%s", err, b)
	case bytes.Contains(b, []byte("no tests to run")), !bytes.Contains(b, []byte("--- PASS")):
		t.Errorf("nothing was tested:\n%s", b)
	}
}

// A process of the server's user examines for itself, and another user's can compute.
func TestCausesWithoutRoot(t *testing.T) {
	needs(t, os.Geteuid() == 0, "root, who can start tests as www-data")
	for _, name := range []string{"www-data", "nobody"} {
		u, err := user.Lookup(name)
		needs(t, err == nil, "account "+name)
		uid, _ := strconv.Atoi(u.Uid)
		gid, _ := strconv.Atoi(u.Gid)
		tests := "^(TestCauses|TestHealthy)$"
		if name == "nobody" {
			tests = "^TestComputed$"
		}
		again(t, tests, &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: uint32(uid), Gid: uint32(gid)}}, "TMPDIR=/tmp")
	}
}

// What www-data may do is computed by somebody who cannot become www-data.
func TestComputed(t *testing.T) {
	if os.Geteuid() == 0 {
		t.Skip("run by TestCausesWithoutRoot")
	}
	needs(t, haveUser("www-data"), "account www-data")
	w := newWard(t)
	for _, tt := range []struct {
		mode, folder os.FileMode
		want         string
	}{
		{0o755, 0o755, ""},
		{0o700, 0o755, "not-executable"},
		{0o750, 0o755, "not-executable"},
		{0o711, 0o755, "not-readable"},
		{0o755, 0o700, "folder-closed"},
		{0o755, 0o701, ""},
	} {
		name := strconv.FormatUint(uint64(tt.folder)<<12|uint64(tt.mode), 8)
		w.mkdir(name, tt.folder|0o200)
		file := w.put(filepath.Join(name, "script"), page, tt.mode)
		w.chmod(filepath.Dir(file), tt.folder)
		r := examine(t, file, doctor.Options{User: "www-data"})
		if faults(r) != tt.want {
			t.Errorf("%v in %v: %q, want %q\n%s", tt.mode, tt.folder, faults(r), tt.want, r)
		}
		if said := strings.Join(r.Unchecked, "\n"); !strings.Contains(said, "only root can ask the kernel") {
			t.Errorf("it is not said that it was computed: %s", said)
		}
		if r.Ran != nil && (r.Ran.As == "www-data" || !strings.Contains(strings.Join(r.Unchecked, "\n"), "not as www-data")) {
			t.Errorf("it ran as %s: %q", r.Ran.As, r.Unchecked)
		}
	}
}

const mounted = "DOCTOR_TEST_MOUNT"

func TestMounted(t *testing.T) {
	needs(t, os.Geteuid() == 0, "root, who can mount")
	probe := exec.CommandContext(t.Context(), "true")
	probe.SysProcAttr = &syscall.SysProcAttr{Unshareflags: syscall.CLONE_NEWNS}
	needs(t, probe.Run() == nil, "permission for a mount namespace")
	again(t, "^TestInNamespace$", &syscall.SysProcAttr{Unshareflags: syscall.CLONE_NEWNS}, mounted+"=1")
}

// TestInNamespace runs where mounts are nobody else's.
func TestInNamespace(t *testing.T) {
	if os.Getenv(mounted) == "" {
		t.Skip("run by TestMounted")
	}
	w := newWard(t)
	dir := w.mkdir("no exec", 0o755)
	if err := syscall.Mount("none", "/", "", syscall.MS_REC|syscall.MS_PRIVATE, ""); err != nil {
		t.Fatal(err)
	}
	if err := syscall.Mount("tmpfs", dir, "tmpfs", syscall.MS_NOEXEC, "mode=0755"); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = syscall.Unmount(dir, syscall.MNT_DETACH) })
	file := w.put("no exec/script", page, 0o755)
	w.put("no exec/sh", "", 0o755)
	by := w.put("by", "#!"+w.link(filepath.Join(dir, "sh"), "sh")+"\n", 0o755)
	for _, user := range as(t) {
		for _, f := range []string{file, by} {
			r := examine(t, f, doctor.Options{User: user})
			if faults(r) != "mounted-noexec" || !strings.Contains(r.Findings[0].Text, dir) {
				t.Errorf("%s as %s: %s", f, user, r)
			}
		}
	}
	t.Run("server", func(t *testing.T) {
		apache := startApache(t, w, `ScriptAlias /noexec/ "`+dir+`/"`)
		r := probeAt(t, apache, "/noexec/", dir, doctor.Options{})
		if got := causes(r); got != "server-error mounted-noexec" {
			t.Errorf("%s\n%s", got, r)
		}
	})
}

// The kernel agrees: what has a fault of the file does not start, and what has none does.
func TestCausesKernel(t *testing.T) {
	as(t)
	w := newWard(t)
	for _, b := range broken {
		file := w.put(b.name, b.content, b.mode)
		r := examine(t, file, doctor.Options{User: fmt.Sprint(os.Geteuid()), NoRun: true})
		cmd := exec.CommandContext(t.Context(), file)
		cmd.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL, Setpgid: true}
		err := cmd.Start()
		if err == nil {
			_ = syscall.Kill(-cmd.Process.Pid, syscall.SIGKILL)
			_ = cmd.Wait()
		}
		// env and options fail later, when the interpreter runs.
		later := strings.HasPrefix(b.name, "env") || strings.Contains(b.name, "env") || strings.Contains(b.name, "argument")
		if fault := len(r.Findings) > 0 && r.Findings[0].Level == doctor.Fault; fault != (err != nil) && !later {
			t.Errorf("%s: the kernel says %v, and the findings are %q", b.name, err, faults(r))
		}
	}
}
