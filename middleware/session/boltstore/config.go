package boltstore

import (
	"cmp"
	"errors"
	"fmt"
	"log/slog"
	"time"
)

// Config says where the sessions lie and what they may take. Only Path is required.
type Config struct {
	// Path names the file. It is made, with mode 0600, where there is none; its folder
	// must exist, so that a misspelt one is noticed.
	Path string

	// CacheBytes bounds the memory in which sessions are kept beside the file, estimated
	// as for [session.Memory]; 0 is 64 MiB. Sessions beyond it are read from the file.
	CacheBytes int64

	// MaxSessions bounds the number of sessions in the file; 0 is 1,000,000. When it is
	// reached, anonymous sessions are dropped, those that expire soonest first. Sessions
	// that sign somebody in never are: with those alone, a further session is refused
	// with [session.ErrFull].
	MaxSessions int

	// TouchEvery is how long a Touch may wait to be written, and how often expired
	// sessions are looked for; 0 is 1 second. Any other operation that writes takes
	// waiting touches along.
	TouchEvery time.Duration

	// Timeout bounds how long an operation waits for the disk; 0 is 5 seconds. Reading
	// is not bounded by it: the operating system offers no way to give up on a page of a
	// mapped file.
	Timeout time.Duration

	// LockTimeout bounds how long Open waits for a file that somebody else holds; 0 is
	// 1 second.
	LockTimeout time.Duration

	// Log is told when the disk begins to fail, when it works again, and what is found
	// damaged; nil is slog.Default. No session's content gets there.
	Log *slog.Logger
}

const (
	defaultCacheBytes  = 64 << 20
	defaultMaxSessions = 1_000_000
	defaultTouchEvery  = time.Second
	defaultTimeout     = 5 * time.Second
	defaultLockTimeout = time.Second
)

// complete returns c with its defaults, or what is impossible in it.
func (c Config) complete() (Config, error) {
	if c.Path == "" {
		return c, errors.New("boltstore: Config.Path: empty; name the file that is to hold the sessions")
	}
	for _, f := range []struct {
		name  string
		value int64
	}{
		{"CacheBytes", c.CacheBytes},
		{"MaxSessions", int64(c.MaxSessions)},
		{"TouchEvery", int64(c.TouchEvery)},
		{"Timeout", int64(c.Timeout)},
		{"LockTimeout", int64(c.LockTimeout)},
	} {
		if f.value < 0 {
			return c, fmt.Errorf("boltstore: Config.%s: negative; 0 is the default", f.name)
		}
	}
	c.CacheBytes = cmp.Or(c.CacheBytes, defaultCacheBytes)
	c.MaxSessions = cmp.Or(c.MaxSessions, defaultMaxSessions)
	c.TouchEvery = cmp.Or(c.TouchEvery, defaultTouchEvery)
	c.Timeout = cmp.Or(c.Timeout, defaultTimeout)
	c.LockTimeout = cmp.Or(c.LockTimeout, defaultLockTimeout)
	if c.Log == nil {
		c.Log = slog.Default()
	}
	return c, nil
}
