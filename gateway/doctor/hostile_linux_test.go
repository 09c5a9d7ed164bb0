package doctor_test

import (
	"context"
	"net"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/surcoat/surcoat/gateway/doctor"
)

// The owner of a folder cannot have root give him another file in the place of the program that a
// probe puts there.
func TestProbeReplaced(t *testing.T) {
	needs(t, os.Geteuid() == 0, "root, who can give files away")
	w := newWard(t)
	dir, secret := w.mkdir("site", 0o755), w.put("secret", "hunter2", 0o600)
	if err := os.Chown(dir, 65534, 65534); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		for ctx.Err() == nil {
			list, _ := filepath.Glob(dir + "/surcoat-probe-*")
			for _, name := range list {
				if os.Remove(name) == nil {
					_ = os.Symlink(secret, name)
				}
			}
		}
	}()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	_ = l.Close() // nobody is there
	for range 300 {
		_, _ = doctor.Probe(ctx, "http://"+l.Addr().String(), dir, doctor.Options{Timeout: time.Second})
	}
	cancel()
	<-ended
	info, err := os.Stat(secret)
	if err != nil {
		t.Fatal(err)
	}
	if at := info.Sys().(*syscall.Stat_t); at.Uid != 0 || info.Mode().Perm() != 0o600 {
		t.Errorf("it is %d's now, %v", at.Uid, info.Mode())
	}
}

// A program has no way to the terminal of whoever runs the doctor: into one it could type commands.
func TestRunSession(t *testing.T) {
	w := newWard(t)
	file := w.put("it", "#!/bin/sh\necho Content-Type: text/plain\necho\nread -r pid name state parent group session tty rest </proc/$$/stat\necho \"$$ $session $tty\"\n", 0o755)
	r := examine(t, file, doctor.Options{})
	if r.Ran == nil {
		t.Fatal(r)
	}
	_, body, _ := strings.Cut(r.Ran.Stdout, "\n\n")
	if at := strings.Fields(body); len(at) != 3 || at[0] != at[1] || at[2] != "0" {
		t.Errorf("the program, its session, its terminal: %q", body)
	}
}

// What a program, or its first line, says can neither steer the reader's terminal nor become a
// command among those that the report proposes.
func TestReportInert(t *testing.T) {
	w := newWard(t)
	for name, text := range map[string]string{
		"escapes in a message": "#!/bin/sh\nprintf 'Traceback (most recent call last):\\n  File \"x\\033[2J\", line 1, in y\\nValueError: \\033]0;owned\\007\\302\\233\\n' >&2\nexit 1\n",
		"escapes in the line":  "#!bin/\x1b]0;owned\x07\n",
		"a quote":              "#!x';owned;'\n",
		"a bar":                "#!x|owned|e;\n",
		"a newer file":         "#!/usr/bin/python3';owned;'/python\n",
	} {
		r := examine(t, w.put("it", text, 0o755), doctor.Options{})
		if strings.ContainsAny(r.String(), "\x1b\x07\u009b") {
			t.Errorf("%s: %q", name, r)
		}
		for _, f := range r.Findings {
			if strings.Contains(f.Command, "owned") {
				t.Errorf("%s: %s", name, f.Command)
			}
		}
	}
}

// The names of libraries open no pipe, which waits for ever, and no device, which does something.
func TestLibraryPipe(t *testing.T) {
	w := newWard(t)
	w.mkdir("lib", 0o755)
	if err := syscall.Mkfifo(filepath.Join(w.dir, "lib", "libc.so.6"), 0o644); err != nil {
		t.Fatal(err)
	}
	done := make(chan bool)
	go func() {
		doctor.FindLibrary("libc.so.6", []string{filepath.Join(w.dir, "lib")})
		close(done)
	}()
	select {
	case <-done:
	case <-time.After(patience):
		t.Fatal("it waits for the pipe")
	}
}
