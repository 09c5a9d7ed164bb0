package ajp

import (
	"errors"
	"fmt"
	"net/http"
	"os"
	"strings"
	"sync"
	"time"

	"github.com/surcoat/surcoat/gateway/internal/relay"
	"github.com/surcoat/surcoat/gateway/internal/upstream"
)

// Client answers requests by sending them over AJP13 to a servlet container: to Tomcat's AJP
// connector. Its fields must not be changed after the first request; it is for many requests at
// once.
//
// The container gets the path of the request as the client sent it, since its applications know the
// paths that they are below. A body without a length is sent as it comes.
//
// A request is sent again only where the container cannot have seen it: to the next address, where
// one cannot be reached; over a new connection, where a kept one was closed before anything came
// back, for a method that may be repeated (RFC 9110 §9.2.2) and without a body. A request whose
// head is longer than PacketSize is answered with 431.
type Client struct {
	// Addresses are where the container listens, "host:port" or "unix:/path" each. The one with the
	// fewest requests is asked; one that cannot be reached is left alone for a while. At least one.
	Addresses []string

	// Mount is the part of the path that is the application's: "/examples", with or without a slash
	// at its end. Requests outside it are answered with 404. It stays on the path. "" and "/": the
	// whole path is. The container gets the path as the client sent it, and resolves it: one with a
	// part "." or "..", also in escapes or with parameters ("..;"), could lead it out again, and is
	// answered with 400.
	Mount string

	// Secret is what the container wants with each request, secret= of Tomcat's connector. "": none
	// is sent, unless there is a SecretFile.
	Secret string
	// SecretFile is a file with the secret, read once. White space around it does not count. "":
	// there is none.
	SecretFile string

	// Env is attributes for the request. Tomcat refuses requests with those that its connector's
	// allowedRequestAttributesPattern does not name. Names that begin with HTTP_ are an error.
	Env map[string]string
	// SendfileRoot is the folder, an absolute path, whose files the application may have sent to
	// the client in the place of its answer's body, with X-Sendfile (a path in the folder) or
	// X-Accel-Redirect (a path below it). "": none may be; such an answer becomes a 502. Clients
	// never see the fields.
	SendfileRoot string

	// PacketSize is how long packets are at most, with their heads, in bytes: packetSize of
	// Tomcat's connector. 0: 8,192. What is out of 8,192 to 65,536 is set to the nearer of them.
	PacketSize int

	// DialTimeout is how long a connection may take to be made. 0: 5 s.
	DialTimeout time.Duration
	// PingTimeout is how long the container may take to say that it is there, which it is asked
	// (CPing) before a kept connection is used again. 0: it is not asked.
	PingTimeout time.Duration
	// AnswerTimeout is how long the container may take until the head of its answer has come; the
	// time in which the client sends its body does not count. Then the answer is 504. 0: 1 min.
	// Negative: no limit.
	AnswerTimeout time.Duration
	// Timeout is how long a request may take, with its answer. Then the answer is 504, or breaks
	// off if it has begun. 0: no limit.
	Timeout time.Duration
	// IdleTimeout is how long a connection is kept without a request. 0: 30 s. Negative: none is
	// kept.
	IdleTimeout time.Duration
	// MaxIdle is how many connections are kept without a request, for each address. 0: 32.
	MaxIdle int

	once     sync.Once
	wrong    error
	secret   string
	upstream *upstream.Client
}

// Check returns what is wrong with the fields. ServeHTTP answers every request with 502 then.
func (c *Client) Check() error {
	c.once.Do(func() { c.wrong = c.init() })
	return c.wrong
}

func (c *Client) init() (err error) {
	c.secret = c.Secret
	if c.SecretFile != "" {
		if c.Secret != "" {
			return errors.New("ajp: Client.SecretFile: there is Secret too")
		}
		text, err := os.ReadFile(c.SecretFile)
		if err != nil {
			return fmt.Errorf("ajp: Client.SecretFile: %w", err)
		}
		if c.secret = strings.TrimSpace(string(text)); c.secret == "" {
			return fmt.Errorf("ajp: Client.SecretFile: %s is empty", c.SecretFile)
		}
	}
	c.upstream, err = upstream.New("ajp", &upstream.Fields{
		Addresses: c.Addresses, Mount: c.Mount, Env: c.Env, SendfileRoot: c.SendfileRoot,
		DialTimeout: c.DialTimeout, AnswerTimeout: c.AnswerTimeout, Timeout: c.Timeout, IdleTimeout: c.IdleTimeout,
		MaxIdle: c.MaxIdle, Chunks: true,
	})
	return err
}

// ServeHTTP implements http.Handler.
func (c *Client) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if err := c.Check(); err != nil {
		relay.Fail(w, r, "ajp", err)
		return
	}
	o, ok := c.upstream.Place(w, r)
	if !ok {
		return
	}
	c.upstream.Serve(w, r, func(r *http.Request) (upstream.Open, error) {
		vars, err := c.upstream.Vars(r, o)
		if err != nil {
			return nil, err
		}
		packet, err := c.forward(r, vars)
		if err != nil {
			return nil, err
		}
		return func(l *upstream.Link) upstream.Exchange { return newCall(c, l, r, packet) }, nil
	})
}

// Close closes the connections that are kept, and the others as soon as their requests end.
// Requests that come later have a connection each. It returns nil.
func (c *Client) Close() error {
	if c.Check() == nil {
		c.upstream.Close()
	}
	return nil
}

func (c *Client) packetSize() int { return min(max(c.PacketSize, minPacket), maxPacket) }
