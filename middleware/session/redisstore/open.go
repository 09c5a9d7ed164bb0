package redisstore

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"strconv"
	"strings"
	"time"

	"github.com/redis/rueidis"
)

// Open connects to Redis, and makes sure that it can keep sessions. The error says
// what is wrong: nobody listens, the password, a server before 6.2.
func Open(ctx context.Context, c Config) (*Store, error) {
	o, err := c.options()
	if err != nil {
		return nil, fmt.Errorf("redisstore: %w", err)
	}
	prefix := cmp.Or(c.Prefix, defaultPrefix)
	var kept *copies
	if c.CacheBytes > 0 {
		kept = newCopies(prefix, c.CacheBytes)
		o.NewCacheStoreFn = kept.connect
	}
	client, err := connect(ctx, o)
	if err != nil {
		return nil, fmt.Errorf("redisstore: %s: %w", where(o), explain(err, o))
	}
	s := &Store{
		client: client, prefix: prefix,
		timeout: cmp.Or(c.Timeout, defaultTimeout),
		copies:  kept, seen: new(seenTable),
		replicas: c.WaitReplicas, waitTimeout: cmp.Or(c.WaitTimeout, defaultTimeout),
		waiting: make(chan struct{}, waiters),
	}
	s.deadlines.timeout = s.timeout
	s.written.keep = 4*s.timeout + time.Second
	within, stop := s.deadlines.within(ctx)
	defer stop()
	if err := s.examine(within, cmp.Or(c.Log, slog.Default())); err != nil {
		client.Close()
		return nil, fmt.Errorf("redisstore: %s: %w", where(o), explain(err, o))
	}
	return s, nil
}

// connect is NewClient for those who do not want to wait longer than ctx. What comes
// too late is closed.
func connect(ctx context.Context, o rueidis.ClientOption) (rueidis.Client, error) {
	type answer struct {
		rueidis.Client
		error
	}
	came := make(chan answer, 1)
	go func() {
		c, err := rueidis.NewClient(o)
		if err != nil && c != nil {
			c.Close() // it goes on trying otherwise
		}
		came <- answer{c, err}
	}()
	select {
	case a := <-came:
		return a.Client, a.error
	case <-ctx.Done():
		go func() {
			if a := <-came; a.error == nil {
				a.Close()
			}
		}()
		return nil, ctx.Err()
	}
}

// where names the servers, without a password.
func where(o rueidis.ClientOption) string {
	s := strings.Join(o.InitAddress, ", ")
	if o.Sentinel.MasterSet != "" {
		return fmt.Sprintf("Sentinel %s, master %q", s, o.Sentinel.MasterSet)
	}
	return s
}

// explain adds to an error of the server what to do about it.
func explain(err error, o rueidis.ClientOption) error {
	text := err.Error()
	has := func(s string) bool { return strings.Contains(text, s) }
	switch {
	case errors.Is(err, rueidis.ErrNoCache):
		return fmt.Errorf("%w; client-side caching needs Redis 6 and the command CLIENT: set Config.CacheBytes to 0", err)
	case has("WRONGPASS"), has("NOAUTH"), has("invalid password"), has("AUTH <password> called without"):
		if o.Sentinel.MasterSet != "" {
			return fmt.Errorf("%w; see Config.Username, Config.Password and those of the Sentinels", err)
		}
		return fmt.Errorf("%w; see Config.Username and Config.Password", err)
	case has("NOPERM"):
		return fmt.Errorf("%w; the user needs +@read +@write +@scripting +@connection +wait +info +time on the keys of Config.Prefix", err)
	case o.Sentinel.MasterSet == "" && len(o.InitAddress) > 1 && (has("cluster support disabled") || has("CLUSTER")):
		return fmt.Errorf("%w; Config.Addrs names several servers that are no Redis Cluster: name one, or set Config.Sentinel", err)
	case o.Sentinel.MasterSet != "" && has("unknown command") && (has("SENTINEL") || has("sentinel")):
		return fmt.Errorf("%w; Config.Sentinel is set, and this is no Sentinel", err)
	case has("SELECT is not allowed in cluster mode"):
		return fmt.Errorf("%w; leave Config.DB 0", err)
	case has("DB index is out of range"):
		return fmt.Errorf("%w; see Config.DB", err)
	case errors.Is(err, context.DeadlineExceeded) && o.TLSConfig != nil:
		return fmt.Errorf("%w; does the server speak TLS on this port?", err)
	case has("connection refused"), has("no such file"):
		return fmt.Errorf("%w; is Redis running there?", err)
	}
	return err
}

// The oldest version that has PXAT and ZADD GT.
const oldestMajor, oldestMinor = 6, 2

// examine looks at every node's version, and at what it does when its memory is full.
func (s *Store) examine(ctx context.Context, log *slog.Logger) error {
	if err := s.client.Do(ctx, s.client.B().Ping().Build()).Error(); err != nil {
		return err
	}
	if err := s.client.Do(ctx, s.client.B().Time().Build()).Error(); err != nil {
		return err // Revoke would fail later
	}
	policies := map[string]bool{}
	for addr, node := range s.client.Nodes() {
		b := node.B()
		info, err := node.Do(ctx, b.Info().Section("server").Build()).ToString()
		if _, refused := rueidis.IsRedisErr(err); err != nil && !refused {
			if s.client.Mode() == rueidis.ClientModeCluster {
				continue // a node that is down; the others serve
			}
			return err
		}
		if v, old := tooOld(info); old {
			return fmt.Errorf("%s is Redis %s; sessions need 6.2 or newer, or Valkey", addr, v)
		}
		policy, err := node.Do(ctx, b.ConfigGet().Parameter("maxmemory-policy").Build()).AsStrMap()
		if err == nil { // hosted servers often forbid CONFIG
			policies[policy["maxmemory-policy"]] = true
		}
	}
	for policy := range policies {
		if policy != "" && policy != "noeviction" {
			log.WarnContext(ctx, "redisstore: Redis drops sessions, and the marks of those that were revoked, when its memory is full; set maxmemory-policy to noeviction",
				slog.String("maxmemory-policy", policy))
		}
	}
	return nil
}

// tooOld reads the version from what INFO says. One that cannot be read is not old.
func tooOld(info string) (version string, old bool) {
	_, rest, ok := strings.Cut(info, "redis_version:")
	if !ok {
		return "", false
	}
	version, _, _ = strings.Cut(rest, "\r\n")
	major, rest, _ := strings.Cut(version, ".")
	minor, _, _ := strings.Cut(rest, ".")
	a, err := strconv.Atoi(major)
	if err != nil {
		return version, false
	}
	b, _ := strconv.Atoi(minor)
	return version, a < oldestMajor || a == oldestMajor && b < oldestMinor
}

// Close ends all connections. Operations that are under way may fail, later ones do.
func (s *Store) Close() error {
	s.deadlines.cancel()
	s.client.Close()
	return nil
}
