package testserver

import (
	"errors"
	"fmt"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
)

// RedisServer is one Redis or Valkey.
type RedisServer struct {
	*process

	// Addr is where it listens, as host:port.
	Addr string

	// Socket is the name of its Unix socket.
	Socket string

	port, bus int
}

// Redis starts a Redis, or a Valkey where there is no Redis. It keeps nothing on disk
// unless args, which are added to its command line, say so:
//
//	testserver.Redis(t, "--appendonly", "yes", "--appendfsync", "always")
func Redis(tb testing.TB, args ...string) *RedisServer {
	tb.Helper()
	s := newRedis(tb, args...)
	s.launch()
	return s
}

// newRedis prepares a Redis and starts nothing.
func newRedis(tb testing.TB, args ...string) *RedisServer {
	tb.Helper()
	program := Program(tb, "redis-server", "redis-server", "valkey-server")
	dir, port := folder(tb, "redis"), freePort(tb)
	s := &RedisServer{Addr: fmt.Sprintf("127.0.0.1:%d", port), Socket: filepath.Join(dir, "socket"), port: port}
	s.process = &process{
		tb: tb, name: "redis-server on " + s.Addr, dir: dir, asked: terminate,
		command: append([]string{
			program, "--port", fmt.Sprint(port), "--bind", "127.0.0.1", "--unixsocket", s.Socket,
			"--dir", dir, "--save", "", "--appendonly", "no", "--repl-diskless-sync-delay", "0",
		}, args...),
		answers: func() error {
			_, err := s.Do("PING")
			if err != nil && (strings.HasPrefix(err.Error(), "NOAUTH") || strings.HasPrefix(err.Error(), "NOPERM")) {
				return nil
			}
			return err
		},
	}
	return s
}

// URL returns redis://host:port.
func (s *RedisServer) URL() string { return "redis://" + s.Addr }

// Do runs one command on a connection of its own and returns the answer: a string, an
// int64, a []any of such, or nil. What Redis answers as an error is one. It may be
// called from any goroutine.
func (s *RedisServer) Do(args ...string) (any, error) {
	c, err := dial(s.Addr)
	if err != nil {
		return nil, err
	}
	defer c.close()
	return c.do(args...)
}

// MustDo is Do for a command that must not fail.
func (s *RedisServer) MustDo(args ...string) any {
	s.tb.Helper()
	v, err := s.Do(args...)
	if err != nil {
		s.tb.Fatalf("testserver: %s: %s: %v", s.name, strings.Join(args, " "), err)
	}
	return v
}

// Info returns one field of the command INFO, "" if there is none.
func (s *RedisServer) Info(field string) string {
	v, _ := s.Do("INFO", "everything")
	return infoField(v, field)
}

func infoField(info any, field string) string {
	text, _ := info.(string)
	for line := range strings.Lines(text) {
		if value, ok := strings.CutPrefix(strings.TrimSpace(line), field+":"); ok {
			return value
		}
	}
	return ""
}

// synced is nil when s is a replica that has all of its master.
func (s *RedisServer) synced() error {
	info, err := s.Do("INFO", "replication")
	switch {
	case err != nil:
		return err
	case infoField(info, "role") != "slave":
		return errors.New(s.Addr + " is no replica")
	case infoField(info, "master_link_status") != "up":
		return errors.New(s.Addr + " has no link to its master")
	}
	return nil
}

// AwaitReplica returns when s, a master, has one replica that gets what is written.
func (s *RedisServer) AwaitReplica() {
	s.tb.Helper()
	eventually(s.tb, s.Addr+" has a replica", s.followed)
}

// followed is nil when s is a master that has one replica, and that gets what is
// written. A replica says that its link is up as much as a second before it does.
func (s *RedisServer) followed() error {
	before, err := s.Do("INFO", "replication")
	if err != nil {
		return err
	}
	if infoField(before, "role") != "master" || infoField(before, "connected_slaves") != "1" {
		return errors.New(s.Addr + " is no master with one replica")
	}
	// To wait for so many is in vain, but the replica is asked by what is a write for it,
	// and answers how much it had before: the second answer knows of the first question.
	for range 2 {
		if _, err := s.Do("WAIT", "99", "20"); err != nil {
			return err
		}
	}
	after, err := s.Do("INFO", "replication")
	if err != nil {
		return err
	}
	was, _ := strconv.Atoi(infoField(before, "master_repl_offset"))
	_, rest, _ := strings.Cut(infoField(after, "slave0"), "offset=")
	rest, _, _ = strings.Cut(rest, ",")
	if got, err := strconv.Atoi(rest); err != nil || got <= was {
		return fmt.Errorf("the replica of %s has %s bytes of more than %d", s.Addr, rest, was)
	}
	return nil
}
