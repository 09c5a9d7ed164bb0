package main_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"
)

// enough is more than anything here takes, a first build included.
const enough = 3 * time.Minute

// developed is a program under `surcoat dev`.
type developed struct {
	t    *testing.T
	dir  string
	addr string
	cmd  *exec.Cmd
	done chan struct{}

	mu   sync.Mutex
	said bytes.Buffer
}

func (d *developed) Write(p []byte) (int, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.said.Write(p)
}

// log is what surcoat and the program have said.
func (d *developed) log() string {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.said.String()
}

// site copies the program that is tested on into a folder of its own.
func site(t *testing.T) (dir string) {
	t.Helper()
	dir = t.TempDir()
	if err := os.CopyFS(dir, os.DirFS("testdata/site")); err != nil {
		t.Fatal(err)
	}
	return dir
}

// develop runs `surcoat dev --listen ADDR` with more args in dir, until the test ends.
func develop(t *testing.T, dir string, env []string, args ...string) *developed {
	t.Helper()
	t.Parallel()
	d := &developed{t: t, dir: dir, addr: freeAddr(t), done: make(chan struct{})}
	for i, arg := range args {
		args[i] = strings.ReplaceAll(arg, "LISTEN", d.addr)
	}
	d.cmd = exec.Command(racing(t), append([]string{"dev", "--listen", d.addr}, args...)...)
	d.cmd.Dir = dir
	d.cmd.Env = append(append(os.Environ(), "GOWORK=off", "GOFLAGS=-buildvcs=false", "TMPDIR="+t.TempDir()), env...)
	d.cmd.Stdout, d.cmd.Stderr = d, d
	if err := d.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	go func() {
		defer close(d.done)
		_ = d.cmd.Wait()
	}()
	t.Cleanup(func() {
		d.stop()
		if t.Failed() {
			t.Logf("surcoat dev said:\n%s", d.log())
		}
		if strings.Contains(d.log(), "DATA RACE") {
			t.Error("surcoat dev has a data race")
		}
	})
	return d
}

func freeAddr(t *testing.T) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	return l.Addr().String()
}

// stop interrupts it and waits for its end.
func (d *developed) stop() {
	d.t.Helper()
	_ = d.cmd.Process.Signal(os.Interrupt)
	d.wait("its end", func() bool {
		select {
		case <-d.done:
			return true
		default:
			return false
		}
	})
}

// wait polls until ok.
func (d *developed) wait(what string, ok func() bool) {
	d.t.Helper()
	for deadline := time.Now().Add(enough); !ok(); time.Sleep(5 * time.Millisecond) {
		if time.Now().After(deadline) {
			_ = d.cmd.Process.Kill()
			d.t.Fatalf("%s does not come; surcoat dev said:\n%s", what, d.log())
		}
	}
}

// says waits until it has said words.
func (d *developed) says(words string) {
	d.t.Helper()
	d.wait(words, func() bool { return strings.Contains(d.log(), words) })
}

func (d *developed) write(name, content string) {
	d.t.Helper()
	path := filepath.Join(d.dir, filepath.FromSlash(name))
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		d.t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
		d.t.Fatal(err)
	}
}

func (d *developed) greet(greeting string) {
	d.t.Helper()
	d.write("words/words.go", fmt.Sprintf("package words\n\nconst Greeting = %q\n", greeting))
}

// client has no connections that outlive a request; none is needed more than once.
var client = &http.Client{Transport: &http.Transport{DisableKeepAlives: true}, Timeout: enough}

// get asks once. The server may not be there yet at all.
func (d *developed) get(path, accept string) (*http.Response, string) {
	d.t.Helper()
	var resp *http.Response
	d.wait("an open address", func() bool {
		c, err := net.Dial("tcp", d.addr)
		if err == nil {
			_ = c.Close()
		}
		return err == nil
	})
	ctx, cancel := context.WithTimeout(d.t.Context(), enough)
	defer cancel()
	r, err := http.NewRequestWithContext(ctx, "GET", "http://"+d.addr+path, nil)
	if err != nil {
		d.t.Fatal(err)
	}
	r.Header.Set("Accept", accept)
	resp, err = client.Do(r)
	if err != nil {
		d.t.Fatalf("%v; surcoat dev said:\n%s", err, d.log())
	}
	defer resp.Body.Close()
	b, err := io.ReadAll(resp.Body)
	if err != nil {
		d.t.Fatal(err)
	}
	return resp, string(b)
}

// want checks an answer, for which it asks once.
func (d *developed) want(path string, status int, body string) {
	d.t.Helper()
	if resp, got := d.get(path, "*/*"); resp.StatusCode != status || !strings.Contains(got, body) {
		d.t.Errorf("%s: %d %q, want %d %q", path, resp.StatusCode, got, status, body)
	}
}

// racing returns the path of a surcoat with the race detector where this test has it.
func racing(t *testing.T) string {
	t.Helper()
	exe, err := buildRacing()
	if err != nil {
		t.Fatal(err)
	}
	return exe
}

var buildRacing = sync.OnceValues(func() (string, error) {
	if !race {
		return surcoat, nil
	}
	exe := strings.TrimSuffix(surcoat, ".exe") + "-race.exe"
	if out, err := exec.Command("go", "build", "-race", "-o", exe, ".").CombinedOutput(); err != nil {
		return "", errors.New(string(out))
	}
	return exe, nil
})
