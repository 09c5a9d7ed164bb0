package cgi_test

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/surcoat/surcoat/middleware/auth"
	"github.com/surcoat/surcoat/middleware/auth/password"
)

// write makes an executable file.
func write(t testing.TB, dir, name, text string) string {
	t.Helper()
	file := filepath.Join(dir, name)
	if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(file, []byte(text), 0o755); err != nil {
		t.Fatal(err)
	}
	return file
}

// script makes a shell script of which a text is what it does.
func script(t testing.TB, text string) string {
	t.Helper()
	return write(t, t.TempDir(), "script.cgi", "#!/bin/sh\n"+text+"\n")
}

// journal is a log that can be read while it is written.
type journal struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (j *journal) Write(p []byte) (int, error) {
	j.mu.Lock()
	defer j.mu.Unlock()
	return j.b.Write(p)
}

func (j *journal) String() string {
	j.mu.Lock()
	defer j.mu.Unlock()
	return j.b.String()
}

func (j *journal) logger() *slog.Logger { return slog.New(slog.NewTextHandler(j, nil)) }

// journalDefault makes a journal of what the default logger gets, which errors are told.
func journalDefault(t testing.TB) *journal {
	j, before := new(journal), slog.Default()
	slog.SetDefault(j.logger())
	t.Cleanup(func() { slog.SetDefault(before) })
	return j
}

// site serves h.
func site(t testing.TB, h http.Handler) string {
	t.Helper()
	s := httptest.NewServer(h)
	t.Cleanup(s.Close)
	return s.URL
}

// ask sends a request, with header lines "Name: value", and returns what came in one line: status, some
// of the header, body; "torn" for one that broke off.
func ask(t testing.TB, method, url string, body io.Reader, lines ...string) string {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), method, url, body)
	if err != nil {
		t.Fatal(err)
	}
	for _, line := range lines {
		name, value, _ := strings.Cut(line, ": ")
		r.Header[name] = append(r.Header[name], value)
	}
	resp, err := (&http.Client{
		Transport:     http.DefaultTransport,
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
		Timeout:       30 * time.Second,
	}).Do(r)
	if err != nil {
		if errors.Is(err, io.EOF) { // nothing had left yet
			return "torn"
		}
		return "no answer: " + err.Error()
	}
	defer resp.Body.Close()
	b, err := io.ReadAll(resp.Body)
	var out strings.Builder
	fmt.Fprintf(&out, "%d ", resp.StatusCode)
	for _, name := range []string{"Location", "Retry-After", "Set-Cookie", "X-A"} {
		for _, value := range resp.Header[name] {
			fmt.Fprintf(&out, "%s: %s; ", name, value)
		}
	}
	text := string(b)
	if resp.StatusCode >= 400 && resp.Header.Get("X-Content-Type-Options") == "nosniff" {
		text = "" // a page of ours
	}
	out.WriteString(strings.TrimSuffix(text, "\n"))
	if errors.Is(err, io.ErrUnexpectedEOF) {
		return "torn"
	}
	if err != nil {
		return "no whole answer: " + err.Error()
	}
	return strings.TrimSpace(out.String())
}

// eventually waits until f is so.
func eventually(t testing.TB, what string, f func() bool) {
	t.Helper()
	for deadline := time.Now().Add(15 * time.Second); !f(); time.Sleep(5 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatalf("it does not come to it that %s", what)
		}
	}
}

// protected lets in who knows ann's password, "correct horse battery".
func protected(t testing.TB, next http.Handler) http.Handler {
	t.Helper()
	accounts := &auth.Accounts{
		Users:  &auth.MemoryUsers{},
		Hasher: &password.Hasher{Memory: 64, Time: 1, InsecureCost: true},
	}
	if _, err := accounts.Create(t.Context(), "ann", "correct horse battery"); err != nil {
		t.Fatal(err)
	}
	guard := &auth.Guard{Schemes: []auth.Scheme{&auth.Basic{Accounts: accounts}}}
	return guard.Wrap(next)
}
