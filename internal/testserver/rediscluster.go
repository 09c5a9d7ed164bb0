package testserver

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// slots is how many parts the keys of a Redis Cluster fall into.
const slots = 16384

// Cluster is a Redis Cluster of three masters with a replica each. A node counts
// as failed after half a second.
type Cluster struct {
	// Nodes are all of them, in no certain order of roles.
	Nodes []*RedisServer

	tb testing.TB
}

// RedisCluster starts a [Cluster]. args are added to the command line of each node.
func RedisCluster(tb testing.TB, args ...string) *Cluster {
	tb.Helper()
	c := &Cluster{tb: tb}
	for range 6 {
		bus := freePort(tb)
		n := newRedis(tb, append([]string{
			"--cluster-enabled", "yes", "--cluster-port", fmt.Sprint(bus), "--cluster-node-timeout", "500",
			"--cluster-replica-validity-factor", "0", "--cluster-allow-replica-migration", "no",
		}, args...)...)
		n.bus = bus
		n.launch()
		c.Nodes = append(c.Nodes, n)
	}
	first := c.Nodes[0]
	for i, n := range c.Nodes {
		n.MustDo("CLUSTER", "SET-CONFIG-EPOCH", fmt.Sprint(i+1))
		if i > 0 {
			n.MustDo("CLUSTER", "MEET", "127.0.0.1", fmt.Sprint(first.port), fmt.Sprint(first.bus))
		}
		if i < 3 {
			n.MustDo("CLUSTER", "ADDSLOTSRANGE", fmt.Sprint(i*slots/3), fmt.Sprint((i+1)*slots/3-1))
		}
	}
	for i, n := range c.Nodes[3:] {
		master := c.Nodes[i].id()
		eventually(tb, "all nodes know each other", func() error {
			_, err := n.Do("CLUSTER", "REPLICATE", master)
			return err
		})
	}
	c.AwaitHealthy()
	return c
}

// Addrs returns where the nodes listen, those that are down included.
func (c *Cluster) Addrs() []string {
	var all []string
	for _, n := range c.Nodes {
		all = append(all, n.Addr)
	}
	return all
}

// id returns the name by which the other nodes know n.
func (s *RedisServer) id() string { return s.MustDo("CLUSTER", "MYID").(string) }

// member is one node as another sees it, a line of CLUSTER NODES.
type member struct {
	id, addr, flags, master string
	slots                   []string // "7", "0-5460"
}

func (m *member) is(flag string) bool { return strings.Contains(","+m.flags+",", ","+flag+",") }

func (m *member) serves(slot int) bool {
	for _, part := range m.slots {
		first, last, ok := strings.Cut(part, "-")
		if !ok {
			last = first
		}
		a, _ := strconv.Atoi(first)
		b, err := strconv.Atoi(last)
		if err == nil && a <= slot && slot <= b {
			return true
		}
	}
	return false
}

// members returns the cluster as s sees it.
func (s *RedisServer) members() ([]member, error) {
	v, err := s.Do("CLUSTER", "NODES")
	if err != nil {
		return nil, err
	}
	var all []member
	for line := range strings.Lines(v.(string)) {
		f := strings.Fields(line)
		if len(f) < 8 {
			return nil, fmt.Errorf("not a node: %q", line)
		}
		addr, _, _ := strings.Cut(f[1], "@")
		all = append(all, member{id: f[0], addr: addr, flags: f[2], master: f[3], slots: f[8:]})
	}
	return all, nil
}

// view returns the cluster as its first living node sees it.
func (c *Cluster) view() []member {
	c.tb.Helper()
	for _, n := range c.Nodes {
		if n.up() {
			if all, err := n.members(); err == nil {
				return all
			}
		}
	}
	c.tb.Fatal("testserver: no node of the cluster answers")
	return nil
}

func (c *Cluster) node(addr string) *RedisServer {
	for _, n := range c.Nodes {
		if n.Addr == addr {
			return n
		}
	}
	return nil
}

// Masters returns the nodes that serve slots and are not known to have failed.
func (c *Cluster) Masters() []*RedisServer {
	c.tb.Helper()
	var all []*RedisServer
	for _, m := range c.view() {
		if m.is("master") && !m.is("fail") && len(m.slots) > 0 {
			all = append(all, c.node(m.addr))
		}
	}
	return all
}

// MasterOf returns the node that serves a slot.
func (c *Cluster) MasterOf(slot int) *RedisServer {
	c.tb.Helper()
	for _, m := range c.view() {
		if m.is("master") && !m.is("fail") && m.serves(slot) {
			return c.node(m.addr)
		}
	}
	c.tb.Fatalf("testserver: nobody serves slot %d", slot)
	return nil
}

// ReplicaOf returns a living replica of master, nil if there is none.
func (c *Cluster) ReplicaOf(master *RedisServer) *RedisServer {
	c.tb.Helper()
	id := master.id()
	for _, m := range c.view() {
		if n := c.node(m.addr); m.master == id && n.up() {
			return n
		}
	}
	return nil
}

// Slot returns the slot of a key, as the cluster computes it.
func (c *Cluster) Slot(key string) int {
	c.tb.Helper()
	i := slices.IndexFunc(c.Nodes, func(n *RedisServer) bool { return n.up() })
	if i < 0 {
		c.tb.Fatal("testserver: all nodes of the cluster are down")
	}
	return int(c.Nodes[i].MustDo("CLUSTER", "KEYSLOT", key).(int64))
}

// UsedSlots returns the slots of which a master has keys.
func (c *Cluster) UsedSlots(master *RedisServer) []int {
	c.tb.Helper()
	conn, err := dial(master.Addr)
	if err != nil {
		c.tb.Fatal(err)
	}
	defer conn.close()
	keys, err := conn.do("KEYS", "*")
	used := map[int]bool{}
	if err == nil {
		for _, key := range keys.([]any) {
			var slot any
			if slot, err = conn.do("CLUSTER", "KEYSLOT", key.(string)); err != nil {
				break
			}
			used[int(slot.(int64))] = true
		}
	}
	if err != nil {
		c.tb.Fatalf("testserver: the keys of %s: %v", master.Addr, err)
	}
	return slices.Sorted(maps.Keys(used))
}

// Failover kills a master, waits until its replica has taken over, and returns that.
// The old one stays down until Rejoin.
func (c *Cluster) Failover(master *RedisServer) *RedisServer {
	c.tb.Helper()
	return c.succeed(master, master.Kill)
}

// Hang pauses a master, waits until its replica has taken over, and returns that. The
// old one believes to be master still when Resume wakes it; AwaitHealthy then returns
// when it has become a replica.
func (c *Cluster) Hang(master *RedisServer) *RedisServer {
	c.tb.Helper()
	return c.succeed(master, master.Pause)
}

// succeed waits until the replica of a master has taken over from it, which fail makes
// necessary.
func (c *Cluster) succeed(master *RedisServer, fail func()) *RedisServer {
	c.tb.Helper()
	replica := c.ReplicaOf(master)
	if replica == nil {
		c.tb.Fatalf("testserver: %s has no replica", master.Addr)
	}
	fail()
	c.AwaitMaster(replica)
	return replica
}

// AwaitMaster returns when all living nodes take n for a master and the cluster for
// complete.
func (c *Cluster) AwaitMaster(n *RedisServer) {
	c.tb.Helper()
	eventually(c.tb, n.Addr+" is master", func() error {
		return c.each(func(s *RedisServer, all []member) error {
			for _, m := range all {
				if m.addr == n.Addr && m.is("master") && len(m.slots) > 0 {
					return nil
				}
			}
			return fmt.Errorf("%s does not think so", s.Addr)
		})
	})
}

// each calls f with what each living node sees, if that takes the cluster for complete.
func (c *Cluster) each(f func(s *RedisServer, all []member) error) error {
	for _, s := range c.Nodes {
		if !s.up() {
			continue
		}
		info, err := s.Do("CLUSTER", "INFO")
		if err != nil {
			return err
		}
		if state := infoField(info, "cluster_state"); state != "ok" {
			return fmt.Errorf("%s: the cluster's state is %s", s.Addr, state)
		}
		all, err := s.members()
		if err == nil {
			err = f(s, all)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// Rejoin starts a node that is down, and returns when it is a replica and has all of
// its master.
func (c *Cluster) Rejoin(n *RedisServer) {
	c.tb.Helper()
	n.Start()
	eventually(c.tb, n.Addr+" is a replica again", n.synced)
	c.AwaitHealthy()
}

// AwaitHealthy returns when the cluster is complete, no node takes another for failed,
// and each replica has all of its master and gets what is written.
func (c *Cluster) AwaitHealthy() {
	c.tb.Helper()
	eventually(c.tb, "the cluster is healthy", func() error {
		return c.each(func(s *RedisServer, all []member) error {
			replica, replicas := false, 0
			for _, m := range all {
				if m.is("slave") {
					replicas++
				}
				switch {
				case m.is("fail") || m.is("fail?") || m.is("handshake") || m.is("noaddr"):
					return fmt.Errorf("%s sees %s as %s", s.Addr, m.addr, m.flags)
				case m.is("myself") && m.is("slave"):
					replica = true
				}
			}
			if len(all) != len(c.Nodes) || replicas != len(c.Nodes)/2 {
				return fmt.Errorf("%s knows %d nodes, %d of them replicas", s.Addr, len(all), replicas)
			}
			if replica {
				return s.synced()
			}
			return s.followed()
		})
	})
}

// Migrate moves a slot with its keys to another master, while clients use it.
// See https://redis.io/docs/latest/commands/cluster-setslot/.
func (c *Cluster) Migrate(slot int, to *RedisServer) {
	c.tb.Helper()
	from, number := c.MasterOf(slot), fmt.Sprint(slot)
	if from == to {
		return
	}
	to.MustDo("CLUSTER", "SETSLOT", number, "IMPORTING", from.id())
	from.MustDo("CLUSTER", "SETSLOT", number, "MIGRATING", to.id())
	c.moveKeys(slot, from, to)
	to.MustDo("CLUSTER", "SETSLOT", number, "NODE", to.id())
	from.MustDo("CLUSTER", "SETSLOT", number, "NODE", to.id())
	eventually(c.tb, to.Addr+" serves slot "+number, func() error {
		return c.each(func(s *RedisServer, all []member) error {
			for _, m := range all {
				if m.addr == to.Addr && m.serves(slot) {
					return nil
				}
			}
			return errors.New(s.Addr + " does not think so")
		})
	})
}

// moveKeys moves a few keys at a time, so that clients get between.
func (c *Cluster) moveKeys(slot int, from, to *RedisServer) {
	c.tb.Helper()
	for {
		keys := from.MustDo("CLUSTER", "GETKEYSINSLOT", fmt.Sprint(slot), "10").([]any)
		if len(keys) == 0 {
			return
		}
		args := []string{"MIGRATE", "127.0.0.1", fmt.Sprint(to.port), "", "0", "5000", "KEYS"}
		for _, k := range keys {
			args = append(args, k.(string))
		}
		from.MustDo(args...)
	}
}
