package uwsgi

import (
	"encoding/binary"
	"net/http"
	"sync"
	"time"

	"github.com/surcoat/surcoat/gateway/internal/cgienv"
	"github.com/surcoat/surcoat/gateway/internal/relay"
	"github.com/surcoat/surcoat/gateway/internal/upstream"
)

// Client answers requests by sending them to a uWSGI server, or what else speaks its protocol. Its
// fields must not be changed after the first request; it is for many requests at once.
//
// Every request is a connection of its own. A body and its answer are on their way at once. A
// request is sent to the next address where one cannot be reached, and is never sent twice. Interim
// answers (103) reach the client. A request whose variables are longer than 64 KiB, which the
// protocol cannot carry, is answered with 431.
type Client struct {
	// Addresses are where the application listens, "host:port" or "unix:/path" each. The one with
	// the fewest requests is asked; one that cannot be reached is left alone for a while. At least
	// one.
	Addresses []string

	// Mount is the part of the path that is the application's address: "/wiki", with or without a
	// slash at its end. Requests outside it are answered with 404. "" and "/": the whole path is
	// the application's, less what http.StripPrefix took off, which counts as Mount.
	Mount string

	// Modifier1 and Modifier2 say what the server is to take the request for; 0 and 0 is the
	// variables of a request, for its default application.
	Modifier1, Modifier2 byte

	// Env is more variables for the application. They take the place of none that the request has.
	// Names that begin with HTTP_ are the client's to say, and are an error.
	Env map[string]string
	// SendfileRoot is the folder, an absolute path, whose files the application may have sent to
	// the client in the place of its answer's body, with X-Sendfile (a path in the folder) or
	// X-Accel-Redirect (a path below it). "": none may be; such an answer becomes a 502. Clients
	// never see the fields.
	SendfileRoot string

	// DialTimeout is how long a connection may take to be made. 0: 5 s.
	DialTimeout time.Duration
	// AnswerTimeout is how long the application may take until the head of its answer has come; the
	// time in which the client sends its body does not count. Then the answer is 504. 0: 1 min.
	// Negative: no limit.
	AnswerTimeout time.Duration
	// Timeout is how long a request may take, with its answer. Then the answer is 504, or breaks
	// off if it has begun. 0: no limit.
	Timeout time.Duration
	// MaxSpool is how long a body may be that came without a Content-Length; it is kept until its
	// end, in a temporary file from 256 KiB on, since the application is to know its length. More
	// is answered with 413. 0: 64 MiB. Negative: no limit.
	MaxSpool int64

	once     sync.Once
	wrong    error
	upstream *upstream.Client
}

// Check returns what is wrong with the fields. ServeHTTP answers every request with 502 then.
func (c *Client) Check() error {
	c.once.Do(func() { c.wrong = c.init() })
	return c.wrong
}

func (c *Client) init() (err error) {
	c.upstream, err = upstream.New("uwsgi", &upstream.Fields{
		Addresses: c.Addresses, Mount: c.Mount, Env: c.Env, SendfileRoot: c.SendfileRoot,
		DialTimeout: c.DialTimeout, AnswerTimeout: c.AnswerTimeout, Timeout: c.Timeout, IdleTimeout: -1, MaxSpool: c.MaxSpool,
	})
	return err
}

// ServeHTTP implements http.Handler.
func (c *Client) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if err := c.Check(); err != nil {
		relay.Fail(w, r, "uwsgi", err)
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
		head, err := appendHead(nil, c.Modifier1, c.Modifier2, vars)
		if err != nil {
			return nil, err
		}
		return func(l *upstream.Link) upstream.Exchange { return upstream.NewSingle(l, head) }, nil
	})
}

// mostVars is how long the variables of a request are at most.
const mostVars = 1<<16 - 1

// appendHead appends the packet that begins a request.
func appendHead(b []byte, modifier1, modifier2 byte, vars cgienv.Vars) ([]byte, error) {
	n := 0
	for _, v := range vars {
		n += 4 + len(v.Name) + len(v.Value)
	}
	if n > mostVars {
		return nil, &cgienv.Error{Status: http.StatusRequestHeaderFieldsTooLarge, Reason: "the variables are longer than 64 KiB"}
	}
	b = append(b, modifier1, byte(n), byte(n>>8), modifier2)
	for _, v := range vars {
		b = appendString(appendString(b, v.Name), v.Value)
	}
	return b, nil
}

func appendString(b []byte, s string) []byte {
	return append(binary.LittleEndian.AppendUint16(b, uint16(len(s))), s...)
}
