package gateway

import (
	"crypto/tls"
	"fmt"
	"io/fs"
	"log/slog"
	"os"
	"sync"
	"time"
)

// checkEvery is how often the files of a certificate are looked at, at most: a renewed one is
// in use that long after it was put in place.
var checkEvery = 10 * time.Second

// certificate is one in files, read again when they change.
type certificate struct {
	cert, key string
	log       *slog.Logger

	mu      sync.Mutex
	current *tls.Certificate
	seen    [2]stamp // of the files as last read, or tried to
	next    time.Time
}

// stamp tells whether a file has changed.
type stamp struct {
	time time.Time
	size int64
}

// load reads the files for the first time.
func (c *certificate) load() error {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.seen = c.stamps()
	c.next = time.Now().Add(checkEvery)
	return c.read()
}

func (c *certificate) read() error {
	pair, err := tls.LoadX509KeyPair(c.cert, c.key)
	if err != nil {
		return fmt.Errorf("gateway: the certificate in Server.CertFile %s with the key in Server.KeyFile %s: %w", c.cert, c.key, err)
	}
	c.current = &pair
	return nil
}

// get is for tls.Config.GetCertificate.
func (c *certificate) get(*tls.ClientHelloInfo) (*tls.Certificate, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if now := time.Now(); now.After(c.next) {
		c.next = now.Add(checkEvery)
		c.renew()
	}
	return c.current, nil
}

// renew reads the files if they have changed. While one of the two is new and the other is not yet,
// they do not fit, and what is in use stays.
func (c *certificate) renew() {
	seen := c.stamps()
	if seen == c.seen {
		return
	}
	if err := c.read(); err != nil {
		c.log.Warn("gateway: the certificate has changed and cannot be used; the one read before stays", slog.Any("error", err))
		c.seen = [2]stamp{} // it is tried again, changed or not
		return
	}
	c.seen = seen
	c.log.Info("gateway: the certificate was renewed", slog.String("file", c.cert), slog.Time("until", c.current.Leaf.NotAfter))
}

func (c *certificate) stamps() (s [2]stamp) {
	for i, name := range [...]string{c.cert, c.key} {
		info, err := os.Stat(name)
		if err != nil {
			info = gone{}
		}
		s[i] = stamp{info.ModTime(), info.Size()}
	}
	return s
}

// gone is what is known of a file that is not there.
type gone struct{ fs.FileInfo }

func (gone) ModTime() time.Time { return time.Time{} }
func (gone) Size() int64        { return -1 }
