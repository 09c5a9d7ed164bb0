package testserver

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"testing"
)

// Sentinel is a master and a replica, watched by three sentinels that take the
// master for failed when it has not answered for two seconds. With much less they also
// fail over without need, to a node that may have lost everything in a restart.
type Sentinel struct {
	// Name is what the sentinels call the master.
	Name string

	// Nodes are the two servers, whichever of them is master.
	Nodes []*RedisServer

	// Sentinels are the three that watch them.
	Sentinels []*RedisServer

	tb testing.TB
}

// RedisSentinel starts a [Sentinel]. args are added to the command lines of master and replica.
func RedisSentinel(tb testing.TB, args ...string) *Sentinel {
	tb.Helper()
	s := &Sentinel{Name: "mymaster", tb: tb}
	master := Redis(tb, args...)
	replica := Redis(tb, append([]string{"--replicaof", "127.0.0.1 " + fmt.Sprint(master.port)}, args...)...)
	s.Nodes = []*RedisServer{master, replica}
	eventually(tb, "the replica has all", replica.synced)
	for range 3 {
		s.Sentinels = append(s.Sentinels, s.sentinel(master))
	}
	s.awaitHealthy()
	return s
}

// sentinel starts one sentinel. It rewrites its own configuration, so that must be a
// file.
func (s *Sentinel) sentinel(master *RedisServer) *RedisServer {
	s.tb.Helper()
	n := newRedis(s.tb)
	file := filepath.Join(n.dir, "sentinel.conf")
	conf := fmt.Sprintf(`port %d
bind 127.0.0.1
dir %s
sentinel monitor %s 127.0.0.1 %d 2
sentinel down-after-milliseconds %[3]s 2000
sentinel failover-timeout %[3]s 3000
`, n.port, n.dir, s.Name, master.port)
	if err := os.WriteFile(file, []byte(conf), 0o600); err != nil {
		s.tb.Fatal(err)
	}
	n.name, n.command = "sentinel on "+n.Addr, []string{n.command[0], file, "--sentinel"}
	n.launch()
	return n
}

// Addrs returns where the sentinels listen.
func (s *Sentinel) Addrs() []string {
	var all []string
	for _, n := range s.Sentinels {
		all = append(all, n.Addr)
	}
	return all
}

// Master returns the master as the first sentinel that runs sees it.
func (s *Sentinel) Master() *RedisServer {
	s.tb.Helper()
	for _, n := range s.Sentinels {
		if !n.up() {
			continue
		}
		m, err := s.seenBy(n)
		if err != nil {
			s.tb.Fatal(err)
		}
		return m
	}
	s.tb.Fatal("testserver: no sentinel runs")
	return nil
}

func (s *Sentinel) seenBy(sentinel *RedisServer) (*RedisServer, error) {
	v, err := sentinel.Do("SENTINEL", "GET-MASTER-ADDR-BY-NAME", s.Name)
	if err != nil {
		return nil, err
	}
	if at, ok := v.([]any); ok && len(at) == 2 {
		for _, n := range s.Nodes {
			if n.Addr == fmt.Sprintf("%s:%s", at...) {
				return n, nil
			}
		}
	}
	return nil, fmt.Errorf("testserver: %s answers %v", sentinel.name, v)
}

// Failover kills the master, waits until all sentinels know the replica as the new one
// and that takes writes, and returns that. The old one stays down until Rejoin.
func (s *Sentinel) Failover() *RedisServer {
	s.tb.Helper()
	old := s.Master()
	old.Kill()
	next := s.Nodes[0]
	if next == old {
		next = s.Nodes[1]
	}
	eventually(s.tb, next.Addr+" is master", func() error {
		for _, n := range s.Sentinels {
			if !n.up() {
				continue
			}
			if m, err := s.seenBy(n); err != nil || m != next {
				return errors.Join(err, errors.New(n.name+" does not think so"))
			}
		}
		if role := next.Info("role"); role != "master" {
			return errors.New("it is a " + role)
		}
		return nil
	})
	return next
}

// Rejoin starts a node that is down, and returns when it is a replica and has all of
// the master.
func (s *Sentinel) Rejoin(n *RedisServer) {
	s.tb.Helper()
	n.Start()
	eventually(s.tb, n.Addr+" is a replica again", n.synced)
	s.awaitHealthy()
}

// awaitHealthy returns when each sentinel knows the two others and the replica.
func (s *Sentinel) awaitHealthy() {
	s.tb.Helper()
	eventually(s.tb, "the sentinels know each other", func() error {
		if err := s.Master().followed(); err != nil {
			return err
		}
		for _, n := range s.Sentinels {
			v, err := n.Do("SENTINEL", "MASTER", s.Name)
			if err != nil {
				return err
			}
			fields, _ := v.([]any)
			got := map[any]any{}
			for i := 0; i+1 < len(fields); i += 2 {
				got[fields[i]] = fields[i+1]
			}
			if got["flags"] != "master" || got["num-slaves"] != "1" || got["num-other-sentinels"] != "2" {
				return fmt.Errorf("%s sees flags %v, %v replicas and %v sentinels",
					n.name, got["flags"], got["num-slaves"], got["num-other-sentinels"])
			}
		}
		return nil
	})
}
