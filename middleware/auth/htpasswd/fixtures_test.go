package htpasswd_test

import (
	"bytes"
	"log/slog"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/surcoat/surcoat/middleware/auth/htpasswd"
	"github.com/surcoat/surcoat/middleware/auth/password"
)

// Hashes of "hunter2hunter2" and, of the second, "hunter2", by Apache's htpasswd.
const (
	bcrypted = "$2y$04$1B0G2DOuiWXPzOTaDFsPLeoaCNwEgP2QGihjzvIMv6RjV8h8mALxS"
	sha1ed   = "{SHA}87u9ZqY9S/F0eUBXjsPQEDUw4h0="
	apr1ed   = "$apr1$x4WG1CXn$XQAQpNlmMvNRpkT.3pk0g1"
)

// write makes a file of mode 0600 that was left alone for an hour, and returns its path.
func write(tb testing.TB, path, content string) string {
	tb.Helper()
	if !filepath.IsAbs(path) {
		path = filepath.Join(tb.TempDir(), path)
	}
	if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
		tb.Fatal(err)
	}
	dated(tb, path, time.Now().Add(-time.Hour))
	return path
}

func dated(tb testing.TB, path string, when time.Time) {
	tb.Helper()
	if err := os.Chtimes(path, when, when); err != nil {
		tb.Fatal(err)
	}
}

func opened(tb testing.TB, c htpasswd.Config) *htpasswd.File {
	tb.Helper()
	f, err := htpasswd.Open(c)
	if err != nil {
		tb.Fatal(err)
	}
	return f
}

// journal keeps what is logged.
type journal struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (j *journal) Write(p []byte) (int, error) {
	j.mu.Lock()
	defer j.mu.Unlock()
	return j.b.Write(p)
}

func (j *journal) logger() *slog.Logger { return slog.New(slog.NewTextHandler(j, nil)) }

// lines returns what was logged since the last call.
func (j *journal) lines() []string {
	j.mu.Lock()
	defer j.mu.Unlock()
	text := strings.TrimSuffix(j.b.String(), "\n")
	j.b.Reset()
	if text == "" {
		return nil
	}
	return strings.Split(text, "\n")
}

// counted is a Hasher whose operations take microseconds, and what it spends.
func counted() (*password.Hasher, *[]password.Operation) {
	var took []password.Operation
	return &password.Hasher{
		Memory: 64, Time: 200, InsecureCost: true, Workers: 1, // one worker: took needs no lock
		Observe: func(op password.Operation) { took = append(took, op) },
	}, &took
}

// program returns where a program is. Without it the test is skipped, on CI it fails.
func program(tb testing.TB, name string) string {
	tb.Helper()
	path, err := exec.LookPath(name)
	if err != nil {
		if os.Getenv("CI") != "" {
			tb.Fatal(err)
		}
		tb.Skip(err)
	}
	return path
}
