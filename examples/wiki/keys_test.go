package main

import (
	"context"
	"errors"
	"net/netip"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/surcoat/surcoat/examples/wiki/disk"
	"github.com/surcoat/surcoat/examples/wiki/people"
	"github.com/surcoat/surcoat/gateway"
	"github.com/surcoat/surcoat/middleware/auth"
)

// The keys are made once, and are the same for all processes on a folder. Comments in the
// file are none of them.
func TestKeys(t *testing.T) {
	folder, err := disk.Open(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	first, err := openKeys(folder)
	if err != nil || len(strings.TrimSpace(first.text)) < 32 || len(first.founder) != 24 {
		t.Fatalf("%d characters, %q, %v", len(first.text), first.founder, err)
	}
	if again, err := openKeys(folder); err != nil || again != first {
		t.Errorf("the second time they are others, %v", err)
	}
	path := folder.Path(keyFile)
	if err := os.WriteFile(path, []byte(strings.TrimSpace(first.text)+" # the key of 2026\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	commented, err := openKeys(folder)
	if err != nil || commented != first {
		t.Errorf("with a comment they are others, %v", err)
	}
	accounts := &auth.Accounts{Users: people.NewStore(folder), DeviceCookie: auth.DeviceCookie{Keys: commented.text}}
	if _, err := accounts.Verify(t.Context(), "nobody", "x"); !errors.Is(err, auth.ErrRefused) {
		t.Errorf("they are no keys for a device cookie: %v", err)
	}
	if err := os.Chmod(path, 0o644); err != nil {
		t.Fatal(err)
	}
	if _, err := openKeys(folder); err == nil || !strings.Contains(err.Error(), "chmod 600") {
		t.Errorf("others may read them: %v", err)
	}
}

func TestTrustProxy(t *testing.T) {
	for _, c := range []struct{ say, want string }{
		{"10.0.0.5", "10.0.0.5/32"},
		{"10.1.2.3/8", "10.0.0.0/8"},
		{"::1", "::1/128"},
		{"fd00::/8", "fd00::/8"},
		{"0.0.0.0/0", ""},
		{"::/0", ""},
		{"proxy.example", ""},
		{"", ""},
	} {
		var log buffer
		o, code, ok := parse([]string{"--data", "x", "--trust-proxy", "192.0.2.1", "--trust-proxy", c.say}, gateway.Detection{}, &log)
		if c.want == "" {
			if ok || code != exitUsage {
				t.Errorf("%q is accepted: %v", c.say, o.proxies)
			}
			continue
		}
		if !ok || !slices.Equal(o.proxies, []netip.Prefix{netip.MustParsePrefix("192.0.2.1/32"), netip.MustParsePrefix(c.want)}) {
			t.Errorf("%q: %v\n%s", c.say, o.proxies, &log)
		}
	}
}

// The log has the link for the first administrator until there is one; --admin makes one of
// somebody who has joined, and of nobody else.
func TestAdmin(t *testing.T) {
	data := t.TempDir()
	folder, err := disk.Open(data)
	if err != nil {
		t.Fatal(err)
	}
	start := func(args ...string) *buffer {
		t.Helper()
		var log buffer
		ctx, stop := context.WithCancel(t.Context())
		code := make(chan int, 1)
		go func() {
			code <- run(ctx, append([]string{"--listen", "http://localhost:0", "--data", data}, args...), &log)
		}()
		log.url(t)
		stop()
		if c := <-code; c != 0 {
			t.Errorf("exit code %d\n%s", c, &log)
		}
		return &log
	}
	if log := start(); !strings.Contains(log.String(), "/administrator?key=") {
		t.Errorf("there is no link:\n%s", log)
	}
	var log buffer
	if code := run(t.Context(), []string{"--listen", "http://localhost:0", "--data", data, "--admin", "Anna"}, &log); code != exitFailed || !strings.Contains(log.String(), "has to join first") {
		t.Errorf("exit code %d\n%s", code, &log)
	}
	users := people.NewStore(folder)
	if err := users.Create(t.Context(), auth.User{Name: "Anna"}); err != nil {
		t.Fatal(err)
	}
	if log := start("--admin", "anna"); strings.Contains(log.String(), "/administrator?key=") {
		t.Errorf("there still is a link:\n%s", log)
	}
	if u, err := users.Lookup(t.Context(), "Anna"); err != nil || !slices.Contains(u.Roles, people.Admin) {
		t.Errorf("%+v, %v", u, err)
	}
	if _, err := os.Stat(filepath.Join(data, keyFile)); err != nil {
		t.Error(err)
	}
}
