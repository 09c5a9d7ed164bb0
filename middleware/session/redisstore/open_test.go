package redisstore_test

import (
	"bytes"
	"context"
	"log/slog"
	"net"
	"strings"
	"testing"
	"time"

	"github.com/surcoat/surcoat/internal/testserver"
	"github.com/surcoat/surcoat/middleware/session/redisstore"
)

// port is the port of a server.
func port(s *testserver.RedisServer) string {
	_, port, _ := net.SplitHostPort(s.Addr)
	return port
}

// Open says what is wrong, and where, and does not repeat passwords.
func TestOpen_Refused(t *testing.T) {
	server := testserver.Redis(t, "--requirepass", "right")
	open := testserver.Redis(t)
	closed := testserver.Nowhere(t)
	old := oldServer(t)
	for _, test := range []struct {
		name   string
		config redisstore.Config
		want   []string
	}{
		{"nobody listens", redisstore.Config{URL: "redis://" + closed}, []string{closed, "connection refused", "is Redis running there?"}},
		{"no socket", redisstore.Config{URL: "unix:///nowhere/socket"}, []string{"/nowhere/socket", "no such file"}},
		{"wrong password", redisstore.Config{URL: "redis://:s3cret@" + server.Addr}, []string{server.Addr, "WRONGPASS", "Config.Password"}},
		{"wrong password in a field", redisstore.Config{URL: server.URL(), Password: "s3cret"}, []string{server.Addr, "WRONGPASS", "Config.Password"}},
		{"no password", redisstore.Config{URL: server.URL()}, []string{server.Addr, "NOAUTH", "Config.Password"}},
		{"no such database", redisstore.Config{URL: open.URL() + "/99"}, []string{"DB index is out of range", "Config.DB"}},
		{"no TLS there", redisstore.Config{URL: "rediss://" + open.Addr}, []string{open.Addr, "TLS"}},
		{"no cluster", redisstore.Config{Addrs: []string{open.Addr, open.Addr}}, []string{"Config.Addrs", "no Redis Cluster"}},
		{"no Sentinel", redisstore.Config{URL: open.URL(), Sentinel: "main"}, []string{"main", "Config.Sentinel is set, and this is no Sentinel"}},
		{"too old", redisstore.Config{URL: "redis://" + old}, []string{old, "is Redis 6.0.16", "6.2"}},
		{"a URL of something else", redisstore.Config{URL: "http://s3cret@localhost"}, []string{"Config.URL", `"http"`}},
		{"no URL", redisstore.Config{URL: "redis://:s3cret%zz@localhost"}, []string{"Config.URL", "escaped"}},
		{"a password like a path", redisstore.Config{URL: "redis://ada:1/s3cret@localhost"}, []string{"Config.URL", "escaped"}},
		{"a password like a parameter", redisstore.Config{URL: "redis://ada:1?s3cret@localhost"}, []string{"Config.URL", "escaped"}},
		{"a password like a fragment", redisstore.Config{URL: "redis://ada:1#s3cret@localhost"}, []string{"Config.URL", "escaped"}},
		{"a password with an @", redisstore.Config{URL: "redis://ada:1@s3cret@localhost"}, []string{"Config.URL", "escaped"}},
		{"database by name", redisstore.Config{URL: "redis://:s3cret@localhost/main"}, []string{"Config.URL", "number"}},
		{"a parameter", redisstore.Config{URL: "redis://localhost?skip_verify=1"}, []string{"Config.URL", "skip_verify"}},
		{"a socket without a path", redisstore.Config{URL: "unix://socket"}, []string{"Config.URL", "path"}},
		{"two passwords", redisstore.Config{URL: "redis://:s3cret@localhost", Password: "s3cret"}, []string{"Config.Password"}},
		{"two databases", redisstore.Config{URL: "redis://localhost/1", DB: 2}, []string{"Config.DB"}},
		{"URL and Addrs", redisstore.Config{URL: "redis://localhost", Addrs: []string{"localhost:1"}}, []string{"Config.Addrs"}},
		{"an address without a port", redisstore.Config{Addrs: []string{"localhost"}}, []string{"Config.Addrs", "host:port"}},
		{"a negative database", redisstore.Config{DB: -1}, []string{"Config.DB"}},
		{"too short a timeout", redisstore.Config{Timeout: 1}, []string{"Config.Timeout"}},
		{"too short a wait", redisstore.Config{WaitTimeout: -1}, []string{"Config.WaitTimeout"}},
		{"negative replicas", redisstore.Config{WaitReplicas: -1}, []string{"Config.WaitReplicas"}},
		{"a negative cache", redisstore.Config{CacheBytes: -1}, []string{"Config.CacheBytes"}},
		{"a Sentinel's password without one", redisstore.Config{SentinelPassword: "s3cret"}, []string{"Config.SentinelPassword", "Config.Password"}},
	} {
		for _, cache := range []int64{0, 1 << 20} {
			if c := test.config; c.CacheBytes == 0 {
				test.config.CacheBytes = cache
			}
			s, err := redisstore.Open(t.Context(), test.config)
			if err == nil {
				t.Errorf("%s: opened", test.name)
				_ = s.Close()
				continue
			}
			for _, part := range append(test.want, "redisstore: ") {
				if !strings.Contains(err.Error(), part) {
					t.Errorf("%s: %q is not in %q", test.name, part, err)
				}
			}
			if strings.Contains(err.Error(), "s3cret") {
				t.Errorf("%s: the password is in %q", test.name, err)
			}
		}
	}
}

// A server that accepts and is silent does not hold Open.
func TestOpen_Silent(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	began := time.Now()
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	if _, err = redisstore.Open(ctx, redisstore.Config{URL: "redis://" + l.Addr().String(), Timeout: 2 * time.Second}); err == nil {
		t.Error("opened")
	}
	if _, err = redisstore.Open(t.Context(), redisstore.Config{URL: "redis://" + l.Addr().String(), Timeout: 200 * time.Millisecond}); err == nil {
		t.Error("opened")
	}
	if took := time.Since(began); took > 20*time.Second {
		t.Errorf("it took %v", took)
	}
}

func TestOpen_ACL(t *testing.T) {
	server := testserver.Redis(t)
	server.MustDo("ACL", "SETUSER", "app", "on", ">p@ss:word/", "~app:*", "-@all", "+@read", "+@write", "+@scripting", "+@connection", "+wait", "+info", "+time")
	s := open(t, redisstore.Config{URL: "redis://app:p%40ss%3Aword%2F@" + server.Addr, Prefix: "app:", CacheBytes: 1 << 20, WaitReplicas: 0})
	version := save(t, s, id("a"), record(0, "ada", "one"))
	save(t, s, id("a"), record(version, "ada", "two"))
	wantErr(t, "touch", s.Touch(t.Context(), id("a"), time.Now().Add(time.Hour)), nil)
	if found := listed(t, s, "ada"); !found["two"] {
		t.Errorf("listed %v", found)
	}
	wantErr(t, "revoke", s.Revoke(t.Context(), "ada"), nil)
	wantErr(t, "delete", s.Delete(t.Context(), id("a")), nil)
	server.MustDo("ACL", "SETUSER", "app", "-time")
	if _, err := redisstore.Open(t.Context(), redisstore.Config{URL: server.URL(), Username: "app", Password: "p@ss:word/", Prefix: "app:"}); err == nil || !strings.Contains(err.Error(), "+time") {
		t.Errorf("a user who may not revoke: got %v", err)
	}
}

// A server that drops sessions when its memory is full is worth a warning.
func TestOpen_Eviction(t *testing.T) {
	for policy, warns := range map[string]bool{"noeviction": false, "allkeys-lru": true, "volatile-ttl": true} {
		server := testserver.Redis(t, "--maxmemory-policy", policy)
		var log bytes.Buffer
		open(t, redisstore.Config{URL: server.URL(), Log: slog.New(slog.NewTextHandler(&log, nil))})
		if warned := strings.Contains(log.String(), "maxmemory-policy="+policy); warned != warns || !warns && log.Len() > 0 {
			t.Errorf("%s: logged %q", policy, &log)
		}
		server.Stop()
	}
}

// oldServer answers as Redis 6.0 does.
func oldServer(t *testing.T) string {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = l.Close() })
	info := "# Server\r\nredis_version:6.0.16\r\nredis_mode:standalone\r\n"
	answers := map[string]string{
		"HELLO":   "%3\r\n+server\r\n+redis\r\n+version\r\n+6.0.16\r\n+proto\r\n:3\r\n",
		"CLUSTER": "-ERR This instance has cluster support disabled\r\n",
		"PING":    "+PONG\r\n",
		"TIME":    "*2\r\n:1\r\n:1\r\n",
		"INFO":    bulk(info),
		"CONFIG":  "-NOPERM\r\n",
		"CLIENT":  "+OK\r\n",
	}
	go func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			go answer(c, answers)
		}
	}()
	return l.Addr().String()
}
