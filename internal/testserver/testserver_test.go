package testserver_test

import (
	"net"
	"os"
	"os/exec"
	"testing"
	"time"

	"github.com/surcoat/surcoat/internal/testserver"
)

func TestRedis(t *testing.T) {
	t.Parallel()
	s := testserver.Redis(t, "--appendonly", "yes", "--appendfsync", "always")
	s.MustDo("SET", "k", "v")
	s.Kill()
	if _, err := s.Do("PING"); err == nil {
		t.Error("killed and answers")
	}
	s.Start()
	if got := s.MustDo("GET", "k"); got != "v" {
		t.Errorf("after the kill: got %v, want v", got)
	}
	s.Pause()
	c, err := net.Dial("unix", s.Socket)
	if err != nil {
		t.Fatal("paused and refuses connections: ", err)
	}
	defer c.Close()
	answered := make(chan error, 1)
	go func() {
		_, _ = c.Write([]byte("PING\r\n"))
		_, err := c.Read(make([]byte, 100))
		answered <- err
	}()
	select {
	case <-answered:
		t.Error("paused and answers")
	case <-time.After(50 * time.Millisecond):
	}
	s.Resume()
	if err := <-answered; err != nil {
		t.Errorf("after the pause: %v", err)
	}
	s.Pause()
	s.Restart()
	if _, err := s.Do("NO SUCH COMMAND"); err == nil {
		t.Error("an error is none")
	}
}

func TestRedisWithPassword(t *testing.T) {
	t.Parallel()
	s := testserver.Redis(t, "--requirepass", "secret")
	if _, err := s.Do("PING"); err == nil {
		t.Error("answers without the password")
	}
}

func TestRedisCluster(t *testing.T) {
	t.Parallel()
	c := testserver.RedisCluster(t)
	if n := len(c.Masters()); n != 3 {
		t.Fatalf("got %d masters, want 3", n)
	}
	slot := c.Slot("k")
	old := c.MasterOf(slot)
	old.MustDo("SET", "k", "v")
	c.Migrate(slot, c.MasterOf((slot+8192)%16384))
	now := c.MasterOf(slot)
	if used := c.UsedSlots(now); len(used) != 1 || used[0] != slot {
		t.Errorf("used slots: got %v, want %d alone", used, slot)
	}
	if now == old {
		t.Fatal("the slot stayed where it was")
	}
	if got := now.MustDo("GET", "k"); got != "v" {
		t.Errorf("after the migration: got %v, want v", got)
	}
	now.MustDo("WAIT", "1", "1000")
	next := c.Failover(now)
	if got := next.MustDo("GET", "k"); got != "v" {
		t.Errorf("after the failover: got %v, want v", got)
	}
	c.Rejoin(now)
	if got := c.ReplicaOf(next); got != now {
		t.Errorf("the replica is %v, want the old master", got)
	}
	if got := c.Hang(next); got != now {
		t.Errorf("while the new master hangs, %v is it", got)
	}
	next.Resume()
	c.AwaitHealthy()
}

func TestRedisSentinel(t *testing.T) {
	t.Parallel()
	s := testserver.RedisSentinel(t)
	old := s.Master()
	old.MustDo("SET", "k", "v")
	old.MustDo("WAIT", "1", "1000")
	next := s.Failover()
	if got := next.MustDo("GET", "k"); got != "v" {
		t.Errorf("after the failover: got %v, want v", got)
	}
	s.Rejoin(old)
	if s.Master() != next {
		t.Error("the old master is it again")
	}
}

func TestPostgres(t *testing.T) {
	t.Parallel()
	psql := testserver.Program(t, "postgresql-client", "psql")
	s := testserver.Postgres(t, "fsync=on")
	query := func(sql string) string {
		t.Helper()
		out, err := exec.Command(psql, "-Atqc", sql, s.URL()).CombinedOutput()
		if err != nil {
			t.Fatalf("%s: %v: %s", sql, err, out)
		}
		return string(out)
	}
	query("CREATE TABLE t (v text); INSERT INTO t VALUES ('x')")
	for _, again := range []func(){s.Restart, func() { s.Kill(); s.Start() }} {
		again()
		if got := query("SELECT v FROM t"); got != "x\n" {
			t.Errorf("got %q, want x", got)
		}
	}
	if _, err := os.Stat(s.Dir); err != nil {
		t.Error(err)
	}
}

func TestLink(t *testing.T) {
	t.Parallel()
	s := testserver.Redis(t)
	link := testserver.LinkTo(t, s.Addr)
	c, err := net.Dial("tcp", link.Addr)
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	ping := func(within time.Duration) error {
		_, _ = c.Write([]byte("PING\r\n"))
		_ = c.SetReadDeadline(time.Now().Add(within))
		_, err := c.Read(make([]byte, 100))
		return err
	}
	if err := ping(10 * time.Second); err != nil {
		t.Fatal(err)
	}
	link.Freeze()
	if ping(50*time.Millisecond) == nil {
		t.Error("frozen and passes")
	}
	link.Thaw()
	if err := ping(10 * time.Second); err != nil {
		t.Errorf("after Thaw: %v", err)
	}
	link.Cut()
	_, _ = c.Read(make([]byte, 100)) // the answer to the second PING of the two
	if ping(10*time.Second) == nil {
		t.Error("cut and passes")
	}
}
