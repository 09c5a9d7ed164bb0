package upstream

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"path/filepath"
	"time"

	"github.com/surcoat/surcoat/gateway/internal/cgienv"
	"github.com/surcoat/surcoat/gateway/internal/pool"
	"github.com/surcoat/surcoat/gateway/internal/relay"
)

// defaultAnswerTimeout is what an AnswerTimeout of zero means.
const defaultAnswerTimeout = time.Minute

// Client sends requests to an application. It is made by [New].
type Client struct {
	name   string
	pool   pool.Pool
	fields *Fields
	extra  cgienv.Extra
}

// Fields are what the clients of all protocols have, under the same names, where it is said what
// they mean.
type Fields struct {
	Addresses    []string
	Mount        string
	Env          map[string]string
	SendfileRoot string

	DialTimeout, AnswerTimeout, Timeout, IdleTimeout time.Duration

	MaxIdle  int
	MaxSpool int64

	// Chunks: the protocol has a way to carry a body without a length, so that none is spooled.
	Chunks bool
}

// New returns a client for a package of that name. An error names the package and the field that is
// wrong.
func New(name string, f *Fields) (*Client, error) {
	if err := pool.Check(f.Addresses); err != nil {
		return nil, fmt.Errorf("%s: Client.Addresses: %w", name, err)
	}
	if err := cgienv.CheckMount(f.Mount); err != nil {
		return nil, fmt.Errorf("%s: Client.Mount: %w", name, err)
	}
	for _, n := range []struct {
		name  string
		value int64
	}{
		{"DialTimeout", int64(f.DialTimeout)},
		{"Timeout", int64(f.Timeout)},
		{"MaxIdle", int64(f.MaxIdle)},
	} {
		if n.value < 0 {
			return nil, fmt.Errorf("%s: Client.%s is negative", name, n.name)
		}
	}
	extra, err := cgienv.NewExtra(f.Env)
	if err != nil {
		return nil, fmt.Errorf("%s: Client.Env: %w", name, err)
	}
	if f.SendfileRoot != "" && !filepath.IsAbs(f.SendfileRoot) {
		return nil, fmt.Errorf("%s: Client.SendfileRoot: %q is not an absolute path", name, f.SendfileRoot)
	}
	return &Client{
		name: name, fields: f, extra: extra,
		pool: pool.Pool{Addresses: f.Addresses, DialTimeout: f.DialTimeout, IdleTimeout: f.IdleTimeout, MaxIdle: f.MaxIdle},
	}, nil
}

// Close closes the unused connections, and each other as soon as its request ends.
func (c *Client) Close() { c.pool.Close() }

// Place returns where r is below the mount. If it is not, it is answered.
func (c *Client) Place(w http.ResponseWriter, r *http.Request) (o *cgienv.Outgoing, ok bool) {
	script, info, ok := cgienv.Split(r, c.fields.Mount)
	if !ok {
		relay.Fail(w, r, c.name, cgienv.ErrOutside)
		return nil, false
	}
	return &cgienv.Outgoing{Script: script, Info: info}, true
}

// Vars returns the variables of r, and more, with those that were set up.
func (c *Client) Vars(r *http.Request, o *cgienv.Outgoing, more ...cgienv.Var) (cgienv.Vars, error) {
	vars, err := o.Vars(r)
	if err != nil {
		return nil, err
	}
	vars = append(vars, more...)
	c.extra.AddTo(&vars)
	return vars, nil
}

// Extra returns the variables that were set up.
func (c *Client) Extra() cgienv.Extra { return c.extra }

// Serve sends r to the application and its answer to w. prepare gets r as it will be sent, with
// the length of its body where the protocol needs that; its error is answered as [relay.Fail] does.
func (c *Client) Serve(w http.ResponseWriter, r *http.Request, prepare func(*http.Request) (Open, error)) {
	if c.fields.Timeout > 0 {
		ctx, cancel := context.WithTimeout(r.Context(), c.fields.Timeout)
		defer cancel()
		r = r.WithContext(ctx)
	}
	if !c.fields.Chunks {
		spooled, free, err := relay.Spool(r, c.fields.MaxSpool)
		if err != nil {
			relay.Fail(w, r, c.name, err)
			return
		}
		defer free()
		r = spooled
	}
	open, err := prepare(r)
	if err != nil {
		relay.Fail(w, r, c.name, err)
		return
	}
	t, err := c.ask(w, r, open)
	if err != nil {
		relay.Fail(w, r, c.name, err)
		return
	}
	defer t.close()
	t.answer(w, r)
}

// ask sends r, again where that is safe, until there is the head of an answer.
func (c *Client) ask(w http.ResponseWriter, r *http.Request, open Open) (*talk, error) {
	fresh := false
	for refused := 1; ; {
		conn, err := c.pool.Get(r.Context(), fresh)
		if err != nil {
			return nil, unreachable(r.Context(), err)
		}
		t := &talk{client: c, link: link(conn)}
		err = t.ask(w, r, open)
		if err == nil {
			return t, nil
		}
		gone := r.Context().Err() != nil
		broken := t.close()
		var (
			no    *Refusal
			never *unsent
		)
		switch {
		case gone:
			return nil, over(r.Context(), err)
		case broken != nil: // the client's body
			return nil, broken
		case errors.As(err, &no):
			conn.Refused()
			if hasBody(r) || refused >= len(c.fields.Addresses) {
				return nil, &relay.Busy{Reason: no.Reason, RetryAfter: time.Second}
			}
			refused++
		case conn.Used && errors.As(err, &never):
			fresh = true
		case conn.Used && !t.link.heard && !hasBody(r) && idempotent(r.Method) && !isTimeout(err):
			fresh = true // it was closed as the request was on its way
		default:
			return nil, err
		}
	}
}

func unreachable(ctx context.Context, err error) error {
	if ctx.Err() != nil {
		return over(ctx, err)
	}
	if isTimeout(err) {
		return err
	}
	return &relay.Busy{Reason: "cannot be reached: " + err.Error()}
}

// over is the error of a request whose context has ended, which is the reason for all others.
func over(ctx context.Context, err error) error {
	if errors.Is(ctx.Err(), context.DeadlineExceeded) {
		return fmt.Errorf("not done in time: %w", context.DeadlineExceeded)
	}
	return &relay.Client{Err: cmp.Or(err, ctx.Err())}
}

func isTimeout(err error) bool {
	var netErr net.Error
	return errors.As(err, &netErr) && netErr.Timeout()
}
