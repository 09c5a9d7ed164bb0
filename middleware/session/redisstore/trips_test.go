package redisstore_test

import (
	"bufio"
	"context"
	"io"
	"net"
	"strings"
	"testing"
	"time"

	"github.com/surcoat/surcoat/internal/testserver"
	"github.com/surcoat/surcoat/middleware/session/redisstore"
)

// The package's documentation has a table of what operations ask for.
func TestRoundTrips(t *testing.T) {
	server := testserver.Redis(t)
	for _, test := range []struct {
		name  string
		cache int64
		known bool // the process has met the session
		op    func(s *redisstore.Store) error
		want  string
	}{
		{"load anonymous", 0, true, load("anonymous"), "get"},
		{"load", 0, true, load("ada"), "mget"},
		{"load unknown", 0, false, load("ada"), "get get"},
		{"load cached", 1 << 20, true, load("ada"), ""},
		{"load not yet cached", 1 << 20, false, load("ada"), "client get client get"},
		{"create", 0, true, saving("new", 0, ""), "evalsha"},
		{"create signed in", 0, true, saving("new", 0, "ada"), "get evalsha evalsha"},
		{"save anonymous", 0, true, saving("anonymous", 1, ""), "evalsha"},
		{"save", 0, true, saving("ada", 1, "ada"), "evalsha get"},
		{"save unknown", 0, false, saving("ada", 1, "ada"), "evalsha evalsha get"},
		{"login", 0, true, saving("anonymous", 1, "ada"), "evalsha evalsha get evalsha"},
		{"touch", 0, true, touching("ada"), "evalsha get"},
		{"touch anonymous", 0, true, touching("anonymous"), "evalsha"},
		{"delete", 0, true, func(s *redisstore.Store) error { return s.Delete(t.Context(), id("ada")) }, "unlink zrem"},
		{"delete anonymous", 0, true, func(s *redisstore.Store) error { return s.Delete(t.Context(), id("anonymous")) }, "unlink"},
		{"revoke", 0, true, func(s *redisstore.Store) error { return s.Revoke(t.Context(), "ada") }, "evalsha zrange evalsha"},
		{"list", 0, true, func(s *redisstore.Store) error {
			for _, err := range s.List(t.Context(), "ada") {
				return err
			}
			return nil
		}, "zrange get get"},
	} {
		server.MustDo("FLUSHALL")
		s := open(t, redisstore.Config{URL: server.URL(), CacheBytes: test.cache})
		save(t, s, id("anonymous"), record(0, "", "x"))
		save(t, s, id("ada"), record(0, "ada", "x"))
		// Once for the scripts, which the server then knows.
		save(t, s, id("other"), record(0, "bob", "x"))
		save(t, s, id("other"), record(1, "carol", "x"))
		wantErr(t, "touch", s.Touch(t.Context(), id("other"), time.Now().Add(time.Hour)), nil)
		wantErr(t, "revoke", s.Revoke(t.Context(), "carol"), nil)
		if test.known {
			_, _ = s.Load(t.Context(), id("ada"))
		} else {
			s = open(t, redisstore.Config{URL: server.URL(), CacheBytes: test.cache})
		}
		commands := monitor(t, server, func() { wantErr(t, test.name, test.op(s), nil) })
		if got := strings.Join(commands, " "); got != test.want {
			t.Errorf("%s: got %q, want %q", test.name, got, test.want)
		}
	}
}

func load(name string) func(*redisstore.Store) error {
	return func(s *redisstore.Store) error { _, err := s.Load(context.Background(), id(name)); return err }
}

func saving(name string, version uint64, subject string) func(*redisstore.Store) error {
	return func(s *redisstore.Store) error {
		_, err := s.Save(context.Background(), id(name), record(version, subject, "y"))
		return err
	}
}

func touching(name string) func(*redisstore.Store) error {
	return func(s *redisstore.Store) error {
		return s.Touch(context.Background(), id(name), time.Now().Add(time.Hour))
	}
}

// monitor returns the names of the commands that the server gets while f runs.
func monitor(t *testing.T, server *testserver.RedisServer, f func()) (names []string) {
	t.Helper()
	c, err := net.Dial("tcp", server.Addr)
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	_ = c.SetDeadline(time.Now().Add(30 * time.Second))
	in := bufio.NewReader(c)
	if _, err = io.WriteString(c, "MONITOR\r\n"); err == nil {
		_, err = in.ReadString('\n')
	}
	f()
	server.MustDo("ECHO", "that is all")
	for err == nil {
		var line string
		line, err = in.ReadString('\n')
		from, command, _ := strings.Cut(line, `] "`)
		name, args, _ := strings.Cut(command, `"`)
		switch name = strings.ToLower(name); {
		case strings.HasSuffix(from, "lua"), name == "ping":
		case strings.Contains(args, "that is all"):
			return names
		default:
			names = append(names, name)
		}
	}
	t.Fatal(err)
	return nil
}
