package main

import (
	"bytes"
	"context"
	"io"
	"net/http"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"
)

// buffer is a log that is read while it is written.
type buffer struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (b *buffer) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.b.Write(p)
}

func (b *buffer) String() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.b.String()
}

// The program as it is started: it says where to look, serves, and stops when told to.
func TestRun(t *testing.T) {
	data := filepath.Join(t.TempDir(), "data")
	for range 2 { // the second start finds what the first left
		ctx, stop := context.WithCancel(t.Context())
		var log buffer
		code := make(chan int, 1)
		go func() { code <- run(ctx, []string{"--addr", "localhost:0", "--data", data, "--name", "Testing"}, &log) }()
		url := ""
		for deadline := time.Now().Add(20 * time.Second); url == "" && time.Now().Before(deadline); time.Sleep(5 * time.Millisecond) {
			if m := regexp.MustCompile(`url=(\S+)`).FindStringSubmatch(log.String()); m != nil {
				url = m[1]
			}
		}
		if url == "" {
			t.Fatalf("it does not say where to look:\n%s", &log)
		}
		if !strings.Contains(log.String(), data) || !strings.Contains(log.String(), "cgitrace.Page → gzip.Compressor → session.Manager → auth.Guard") {
			t.Errorf("the log:\n%s", &log)
		}
		res, err := http.Get(url)
		if err != nil {
			t.Fatal(err)
		}
		body, err := io.ReadAll(res.Body)
		_ = res.Body.Close()
		if err != nil || res.StatusCode != 200 || !strings.Contains(string(body), "Welcome · Testing") || !strings.Contains(string(body), "Revision 1,") {
			t.Errorf("%s, %v\n%s", res.Status, err, body)
		}
		if policy := res.Header.Get("Content-Security-Policy"); !strings.HasPrefix(policy, "default-src 'none'") {
			t.Errorf("Content-Security-Policy %q", policy)
		}
		stop()
		select {
		case c := <-code:
			if c != 0 {
				t.Errorf("exit code %d\n%s", c, &log)
			}
		case <-time.After(20 * time.Second):
			t.Fatalf("it does not stop\n%s", &log)
		}
	}
}

func TestDefaultData(t *testing.T) {
	t.Setenv("XDG_DATA_HOME", filepath.FromSlash("/some/where"))
	if got := defaultData(); got != filepath.FromSlash("/some/where/surcoat-wiki") {
		t.Errorf("data goes to %s", got)
	}
}
