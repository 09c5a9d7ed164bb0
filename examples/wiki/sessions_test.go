package main

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/surcoat/surcoat/gateway"
	"github.com/surcoat/surcoat/internal/testserver"
)

// What is wrong with --sessions is said with what to do about it, and no password is
// said with it.
func TestSessionsRefused(t *testing.T) {
	addr := testserver.Nowhere(t)
	damaged := t.TempDir()
	if err := os.WriteFile(filepath.Join(damaged, "sessions.db"), []byte(strings.Repeat("not sessions ", 10_000)), 0o600); err != nil {
		t.Fatal(err)
	}
	open := t.TempDir()
	if err := os.WriteFile(filepath.Join(open, "session.keys"), []byte("no key\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		name, sessions, data string
		exit                 int
		want                 []string
	}{
		{"no such kind", "mysql://anna:hunter2@" + addr, "", exitUsage, []string{"--sessions is none of", "Usage: wiki"}},
		{"misspelt", "cookies", "", exitUsage, []string{"--sessions is none of"}},
		{"Redis refuses", "redis://:hunter2@" + addr + "/1", "", exitFailed, []string{"redis://:xxxxx@" + addr, "connection refused", "start that database"}},
		{"Redis with TLS refuses", "rediss://" + addr, "", exitFailed, []string{addr, "connection refused"}},
		{"Postgres refuses", "postgres://anna:hunter2@" + addr + "/wiki", "", exitFailed, []string{"postgres://anna:xxxxx@" + addr, "start that database"}},
		{"Postgres refuses a password in a parameter", "postgres://" + addr + "/wiki?user=anna&password=hunter2", "", exitFailed, []string{"postgres://" + addr + "/wiki", "start that database"}},
		{"Redis with a password that is taken for a path", "redis://anna:1/hunter2@" + addr, "", exitFailed, []string{"in redis:", "Correct --sessions"}},
		{"Redis with a password that is taken for a parameter", "redis://anna:1?hunter2@" + addr, "", exitFailed, []string{"in redis:", "Correct --sessions"}},
		{"Redis with a password that is taken for a fragment", "redis://anna:1#hunter2@" + addr, "", exitFailed, []string{"in redis:", "Correct --sessions"}},
		{"Postgres with a password that is taken for a fragment", "postgres://anna:1#hunter2@" + addr + "/wiki", "", exitFailed, []string{"in postgres:", "Correct --sessions"}},
		{"no URL", "postgres://anna:hunter2/%zz@" + addr, "", exitFailed, []string{"in postgres", "Correct --sessions"}},
		{"damaged file", "", damaged, exitFailed, []string{filepath.Join(damaged, "sessions.db"), "backup"}},
		{"damaged keys", "cookie", open, exitFailed, []string{"cannot use the keys", filepath.Join(open, "session.keys")}},
	} {
		t.Run(c.name, func(t *testing.T) {
			if c.data == "" {
				c.data = t.TempDir()
			}
			var log buffer
			code := run(t.Context(), []string{"--listen", "http://localhost:0", "--data", c.data, "--sessions", c.sessions}, &log)
			if code != c.exit || ready.MatchString(log.String()) {
				t.Errorf("exit code %d\n%s", code, &log)
			}
			for _, want := range c.want {
				if !strings.Contains(log.String(), want) {
					t.Errorf("%q is not in\n%s", want, &log)
				}
			}
			if strings.Contains(log.String(), "hunter2") {
				t.Errorf("the password is in\n%s", &log)
			}
		})
	}
}

// A URL with a password need not be on the command line, which everybody can see.
func TestSessionsVariable(t *testing.T) {
	t.Setenv(sessionsVariable, "cookie")
	var log buffer
	if o, _, ok := parse([]string{"--data", "x"}, gateway.Detection{}, &log); !ok || o.sessions != inCookie {
		t.Errorf("%q\n%s", o.sessions, &log)
	}
	if o, _, ok := parse([]string{"--data", "x", "--sessions", "bolt"}, gateway.Detection{}, &log); !ok || o.sessions != inFile {
		t.Errorf("with the flag, which is nearer: %q\n%s", o.sessions, &log)
	}
}

// Two wikis on one folder: the second says what holds the file; on the cookie store both
// run. The file is given back at the end.
func TestTwoOnOneFolder(t *testing.T) {
	data := t.TempDir()
	start := func(sessions string) (log *buffer, stop func()) {
		log = new(buffer)
		ctx, cancel := context.WithCancel(t.Context())
		code := make(chan int, 1)
		go func() {
			code <- run(ctx, []string{"--listen", "http://localhost:0", "--data", data, "--sessions", sessions}, log)
		}()
		log.url(t)
		return log, func() {
			cancel()
			if c := <-code; c != 0 {
				t.Errorf("exit code %d\n%s", c, log)
			}
		}
	}
	_, stop := start("")
	var second buffer
	if code := run(t.Context(), []string{"--listen", "http://localhost:0", "--data", data}, &second); code != exitFailed {
		t.Errorf("exit code %d", code)
	}
	for _, want := range []string{filepath.Join(data, "sessions.db"), "another process", "--data FOLDER", "--sessions cookie"} {
		if !strings.Contains(second.String(), want) {
			t.Errorf("%q is not in\n%s", want, &second)
		}
	}
	_, stopCookie := start(inCookie) // keeps its sessions elsewhere
	_, stopOther := start(inCookie)
	stop()
	stopOther()
	_, stop = start(inFile)
	stop()
	stopCookie()
}
