package gzip_test

import (
	"bufio"
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/surcoat/surcoat/middleware/gzip"
)

// keeperDir is the environment variable by which this program, when it starts itself, knows that it is
// the keeper, and where.
const keeperDir = "SURCOAT_TEST_KEEPER_DIR"

// TestVersions_keeper is no test but the process that is killed: it keeps one dictionary after
// another.
func TestVersions_keeper(t *testing.T) {
	dir := os.Getenv(keeperDir)
	if dir == "" {
		t.Skip("for TestVersions_kill")
	}
	for i := 0; ; i++ {
		v := &gzip.Versions{Dir: dir} // a new one has not written yet and need not rest
		page := release(numbered(os.Getpid()*1000+i, keptSize))
		versionsGet((&gzip.Compressor{Versions: v}).Wrap(page), takesAll)
		gzip.Saved(v)
		fmt.Println(i)
	}
}

// keptSize is so large that a file takes a while to write, beside the fsync. Sixteen fit into a
// directory.
const keptSize = 1_000_000

func kills() int {
	if os.Getenv("SOAK") == "1" {
		return 400
	}
	if raceEnabled {
		return 10 // a process takes longer to start than to kill
	}
	return 24
}

// After each kill -9 amidst the keeping, every file is whole and can be used, and what was said to be
// there is there; what was half-way is removed when it is old.
func TestVersions_kill(t *testing.T) {
	dir := t.TempDir()
	halfway := 0
	for run := range kills() {
		pid, acknowledged := keepUntilKilled(t, dir, time.Duration(run*7919%10_000)*time.Microsecond)
		for i := range acknowledged {
			if i < acknowledged-12 {
				continue // it may have had to make room
			}
			if _, err := os.Stat(versionFile(dir, numbered(pid*1000+i, keptSize))); err != nil {
				t.Errorf("number %d of %d is gone: %v", i, acknowledged, err)
			}
		}
		halfway += checkKept(t, dir)
		if t.Failed() {
			t.Fatalf("in run %d", run+1)
		}
	}
	t.Logf("%d kills, %d of them half-way through a file", kills(), halfway)
}

// keepUntilKilled starts a process that keeps dictionaries, kills it some time after the first one, and
// returns how many it said were kept.
func keepUntilKilled(t *testing.T, dir string, after time.Duration) (pid, acknowledged int) {
	t.Helper()
	cmd := exec.Command(os.Args[0], "-test.run=^TestVersions_keeper$")
	cmd.Env = append(os.Environ(), keeperDir+"="+dir)
	out, err := cmd.StdoutPipe()
	if err == nil {
		err = cmd.Start()
	}
	if err != nil {
		t.Fatal(err)
	}
	lines := bufio.NewScanner(out)
	if !lines.Scan() {
		t.Fatalf("the process keeps nothing: %v", cmd.Wait())
	}
	time.Sleep(after) // anywhere in a write: the moments differ from run to run
	if err := cmd.Process.Kill(); err != nil {
		t.Error(err)
	}
	for acknowledged = 1; lines.Scan(); acknowledged++ {
	}
	_, _ = io.Copy(io.Discard, out)
	_ = cmd.Wait() // it was killed
	return cmd.Process.Pid, acknowledged
}

// checkKept looks at every file in dir as it was left, and returns how many were half-way there. They are
// gone then.
func checkKept(t *testing.T, dir string) (halfway int) {
	t.Helper()
	long := time.Now().Add(-time.Hour)
	var whole []string
	for _, name := range versionFiles(t, dir) {
		path := filepath.Join(dir, name)
		if strings.HasSuffix(name, ".tmp") {
			halfway++
			if err := os.Chtimes(path, long, long); err != nil {
				t.Error(err)
			}
			continue
		}
		b, err := os.ReadFile(path)
		_, content, _ := bytes.Cut(b, []byte("\n"))
		if hash := sha256.Sum256(content); err != nil || hex.EncodeToString(hash[:])+".dict" != name {
			t.Errorf("%s is not whole: %d bytes, %v", name, len(b), err)
		}
		whole = append(whole, string(content))
	}
	h := (&gzip.Compressor{Versions: &gzip.Versions{Dir: dir}}).Wrap(release(bundle2, "Cache-Control: no-cache"))
	if left, _ := filepath.Glob(filepath.Join(dir, "*.tmp")); len(left) > 0 {
		t.Errorf("%d temporary files are left", len(left))
	}
	for i, content := range whole {
		if _, err := os.Stat(versionFile(dir, content)); err != nil {
			continue // it was the oldest, and too much
		}
		if i%8 == 0 && !knows(t, h, content) {
			t.Errorf("%.6s is not used", content)
		}
	}
	return halfway
}
