package redisstore

import (
	"cmp"
	"crypto/tls"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/url"
	"strings"
	"time"

	"github.com/redis/rueidis"
)

// Config says where Redis is and how it is used. The zero Config is a server without
// a password on this machine's port 6379.
type Config struct {
	// URL names the server: redis://user:password@host:port/db, rediss:// for TLS,
	// unix:///path/of/socket?db=1 for a socket. A user, password or database that it
	// names must not be named by another field. "" is redis://localhost:6379, or what
	// Addrs says.
	URL string

	// Addrs are host:port of several nodes of one Redis Cluster, or of several
	// Sentinels; any of them will do to find the rest. Not together with URL.
	Addrs []string

	// Sentinel is the name of the master that the Sentinels at URL or Addrs watch.
	// "" is no Sentinel. Whether a server belongs to a Redis Cluster is found out.
	Sentinel string

	// SentinelUsername and SentinelPassword are for the Sentinels themselves; "" sends
	// nothing to them.
	SentinelUsername, SentinelPassword string

	// Username and Password are for Redis. "" is the default user, and no password.
	Username, Password string

	// DB is the number of the database. A Redis Cluster has only 0.
	DB int

	// TLS is how servers and Sentinels are spoken to; nil is plain TCP, or what
	// package crypto/tls does by default for a URL of rediss://.
	TLS *tls.Config

	// Prefix begins the name of every key; "" is "surcoat:session:". Programs that share a
	// database need different ones.
	Prefix string

	// Timeout bounds every operation, waiting for replicas not counted, and connecting;
	// 0 is one second. It may be exceeded by an eighth. List and Revoke may take as long
	// for each hundred of sessions.
	Timeout time.Duration

	// WaitReplicas is how many replicas must have acknowledged a Save, Delete or Revoke
	// before it counts; 0 does not wait, and a master that dies may take with it what it
	// had acknowledged. Moving the end of a session (Touch) never waits. A write for which
	// fewer answer fails, although the master has it.
	WaitReplicas int

	// WaitTimeout is how long replicas are waited for; 0 is one second.
	WaitTimeout time.Duration

	// CacheBytes bounds the memory for copies of records on this side, estimated; 0 keeps
	// none. A session is counted as some 600 bytes beside its data. See "Client-side caching"
	// in the package's documentation.
	CacheBytes int64

	// Log is told at Open when the server may drop sessions; nil is slog.Default.
	Log *slog.Logger
}

const (
	defaultPrefix  = "surcoat:session:"
	defaultTimeout = time.Second

	// buffer is what each connection reads and writes through.
	buffer = 64 << 10

	// flushDelay is how long a command may wait for those of other requests to be sent
	// with it, while there are others under way. It halves what both sides spend on
	// system calls.
	flushDelay = 20 * time.Microsecond

	// waiters is how many connections to one server may wait for replicas.
	waiters = 128

	// refresh is how often the Sentinels or the cluster are asked for the masters, in
	// addition to what errors and notifications say.
	refresh = 5 * time.Second
)

// check returns what is impossible in c.
func (c *Config) check() error {
	switch {
	case c.URL != "" && len(c.Addrs) > 0:
		return errors.New("Config.Addrs: there is a Config.URL, too; use one of them")
	case c.DB < 0:
		return errors.New("Config.DB: negative")
	case c.Timeout < 0 || c.Timeout > 0 && c.Timeout < time.Millisecond:
		return errors.New("Config.Timeout: less than a millisecond")
	case c.WaitReplicas < 0:
		return errors.New("Config.WaitReplicas: negative")
	case c.WaitTimeout < 0 || c.WaitTimeout > 0 && c.WaitTimeout < time.Millisecond:
		return errors.New("Config.WaitTimeout: less than a millisecond")
	case c.CacheBytes < 0:
		return errors.New("Config.CacheBytes: negative")
	case c.Sentinel == "" && c.SentinelUsername+c.SentinelPassword != "":
		return errors.New("Config.SentinelPassword: there is no Config.Sentinel; the password of Redis goes into Config.Password")
	}
	for _, a := range c.Addrs {
		if _, _, err := net.SplitHostPort(a); err != nil {
			return fmt.Errorf("Config.Addrs: %q is not host:port", a)
		}
	}
	return nil
}

// options returns c as the driver wants it.
func (c *Config) options() (rueidis.ClientOption, error) {
	if err := c.check(); err != nil {
		return rueidis.ClientOption{}, err
	}
	o := rueidis.ClientOption{InitAddress: c.Addrs}
	if len(c.Addrs) == 0 {
		var err error
		if o, err = c.parseURL(); err != nil {
			return o, err
		}
	}
	o.SelectDB = cmp.Or(o.SelectDB, c.DB)
	o.Username = cmp.Or(o.Username, c.Username)
	o.Password = cmp.Or(o.Password, c.Password)
	if c.TLS != nil {
		o.TLSConfig = c.TLS.Clone()
	}
	o.Sentinel = rueidis.SentinelOption{
		MasterSet: c.Sentinel, Username: c.SentinelUsername, Password: c.SentinelPassword,
		TLSConfig: o.TLSConfig, TopologyRefreshInterval: refresh,
	}
	o.ClusterOption.ShardsRefreshInterval = refresh

	timeout := cmp.Or(c.Timeout, defaultTimeout)
	o.Dialer.Timeout = timeout
	o.Dialer.KeepAlive = max(timeout/2, 100*time.Millisecond) // how long a connection may be silent before it is asked
	o.Sentinel.Dialer = o.Dialer
	if o.DialCtxFn == nil {
		o.DialCtxFn = dialTCP
	}
	o.DialCtxFn = answering(o.DialCtxFn)
	o.ConnWriteTimeout = timeout
	o.ReadBufferEachConn, o.WriteBufferEachConn = buffer, buffer
	o.BlockingPoolSize = waiters
	o.BlockingPoolCleanup = time.Minute
	o.DisableCache = c.CacheBytes == 0
	o.PipelineMultiplex = -1 // one connection for each master, and so one cache
	o.MaxFlushDelay = flushDelay
	return o, nil
}

// parseURL leaves most to the driver. What it says of an error may contain the
// password, and is not repeated.
func (c *Config) parseURL() (o rueidis.ClientOption, err error) {
	text := cmp.Or(c.URL, "redis://localhost:6379")
	u, err := url.Parse(text)
	if err != nil {
		return o, errors.New("Config.URL: not a URL; characters like @ / : in a password must be escaped with %")
	}
	switch u.Scheme {
	case "redis", "rediss", "valkey", "valkeys", "unix":
	default:
		return o, fmt.Errorf("Config.URL: the scheme is %q; use redis, rediss (TLS) or unix", u.Scheme)
	}
	if ats := strings.Count(text, "@"); u.Scheme != "unix" && (ats > 1 || ats == 1 && u.User == nil) {
		// Some of what follows would be taken for another part of the URL, which errors show.
		return o, errors.New("Config.URL: an @ that does not end the password; characters like @ / : ? # in it must be escaped with %")
	}
	if u.Scheme == "unix" && !strings.HasPrefix(u.Path, "/") {
		return o, errors.New("Config.URL: no path of a socket; write unix:///path/of/socket")
	}
	for name := range u.Query() {
		if name != "db" {
			return o, fmt.Errorf("Config.URL: it has a parameter %q, and only db is known; use the fields of Config", name)
		}
	}
	if o, err = rueidis.ParseURL(text); err != nil {
		return o, errors.New("Config.URL: not like redis://user:password@host:port/db, with a number for db")
	}
	switch {
	case o.SelectDB != 0 && c.DB != 0:
		return o, errors.New("Config.DB: Config.URL names a database, too; use one of them")
	case o.Username+o.Password != "" && c.Username+c.Password != "":
		return o, errors.New("Config.Password: Config.URL names a user or password, too; use one of them")
	}
	return o, nil
}
