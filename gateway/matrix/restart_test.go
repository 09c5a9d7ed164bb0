//go:build linux

package matrix_test

import (
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"
)

// TestRestart is what docs/deploy says of app.socket: while the program is restarted, requests wait
// in the socket that systemd, here the test, keeps open.
func TestRestart(t *testing.T) {
	t.Parallel()
	path := filepath.Join(openFolder(t), "app.sock")
	l, err := net.Listen("unix", path)
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	socket, err := l.(*net.UnixListener).File()
	if err != nil {
		t.Fatal(err)
	}
	defer socket.Close()
	client := &http.Client{Timeout: patience, Transport: &http.Transport{
		DisableKeepAlives: true, // a kept connection may be closed while a request is on its way; clients know that
		DialContext: func(ctx context.Context, _, _ string) (net.Conn, error) {
			return new(net.Dialer).DialContext(ctx, "unix", path)
		},
	}}
	run := activated(t, socket)
	var over atomic.Bool
	var answered atomic.Int64
	var clients sync.WaitGroup
	for range 4 {
		clients.Go(func() {
			for !over.Load() {
				if err := get(client); err != nil {
					t.Error(err)
					return
				}
				answered.Add(1)
			}
		})
	}
	for range 5 {
		from := answered.Load()
		for deadline := time.Now().Add(patience); answered.Load() < from+20 && !t.Failed() && time.Now().Before(deadline); {
			time.Sleep(5 * time.Millisecond)
		}
		_ = run.Process.Signal(syscall.SIGTERM)
		if err := run.Wait(); err != nil {
			t.Errorf("the program has ended with %v", err)
		}
		run = activated(t, socket)
	}
	over.Store(true)
	clients.Wait()
	_ = run.Process.Signal(syscall.SIGTERM)
	_ = run.Wait()
	t.Logf("%d requests answered", answered.Load())
}

// activated starts the program as systemd does: LISTEN_PID is its own id, file descriptor 3 the
// socket.
func activated(t *testing.T, socket *os.File) *exec.Cmd {
	t.Helper()
	cmd := exec.Command("sh", "-c", `LISTEN_PID=$$ exec "$0"`, program)
	cmd.Env = append(os.Environ(), "LISTEN_FDS=1", "LISTEN_FDNAMES=http")
	cmd.ExtraFiles = []*os.File{socket}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	return cmd
}

// get asks for an answer that takes a moment, so that some are under way at any time.
func get(client *http.Client) error {
	req, err := http.NewRequest(http.MethodGet, "http://localhost/", nil)
	if err != nil {
		return err
	}
	req.Header.Set("X-Do", "moment")
	resp, err := client.Do(req)
	if err != nil {
		return err
	}
	defer resp.Body.Close()
	if b, err := io.ReadAll(resp.Body); err != nil || string(b) != "a moment" {
		return fmt.Errorf("status %d, %q, %v", resp.StatusCode, b, err)
	}
	return nil
}

// TestUnits has systemd check docs/deploy/systemd.
func TestUnits(t *testing.T) {
	t.Parallel()
	analyze, err := exec.LookPath("systemd-analyze")
	if err != nil {
		if os.Getenv("CI") != "" {
			t.Fatal("systemd-analyze is not installed: apt-get install systemd")
		}
		t.Skip("NOT TESTED: systemd-analyze is not installed: apt-get install systemd")
	}
	dir := t.TempDir()
	for _, name := range []string{"app.socket", "app.service"} {
		text, err := os.ReadFile("../../docs/deploy/systemd/" + name)
		if err != nil {
			t.Fatal(err)
		}
		fitted := strings.ReplaceAll(string(text), "/srv/app/app", program)
		if name == "app.service" && fitted == string(text) {
			t.Fatal("app.service does not start /srv/app/app")
		}
		if err := os.WriteFile(filepath.Join(dir, name), []byte(fitted), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	service := filepath.Join(dir, "app.service")
	for _, args := range [][]string{
		{"verify", "--man=no", service, filepath.Join(dir, "app.socket")},
		{"security", "--offline=true", "--threshold=20", "--no-pager", service}, // of 100
	} {
		if out, err := exec.Command(analyze, args...).CombinedOutput(); err != nil {
			t.Errorf("systemd-analyze %s: %v\n%s", args[0], err, out)
		}
	}
}
