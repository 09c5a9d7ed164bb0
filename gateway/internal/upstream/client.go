package upstream

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"time"

	"github.com/surcoat/surcoat/gateway/internal/pool"
	"github.com/surcoat/surcoat/gateway/internal/relay"
)

// DefaultAnswerTimeout is what an AnswerTimeout of zero means.
const DefaultAnswerTimeout = time.Minute

// Client sends requests to an application. Its fields are not changed after the first Serve.
type Client struct {
	// Name is for errors and the log: the package.
	Name string
	Pool pool.Pool
	// AnswerTimeout is how long the application may leave us without the head of its answer, while
	// it is its turn: not while the client's body is on its way. 0: 1 min. Negative: no bound.
	AnswerTimeout time.Duration
	// Timeout is how long all of it may take. 0: no bound.
	Timeout time.Duration
	// MaxSpool is for bodies without a length ([relay.Spool]).
	MaxSpool int64
	// Chunks: the protocol has a way to carry a body without a length, so that none is spooled.
	Chunks bool
	// SendfileRoot is the folder of which the application may have files sent. "": none.
	SendfileRoot string
}

// Serve sends r to the application and its answer to w. prepare gets r as it will be sent, with
// the length of its body where the protocol needs that; its error is answered as [relay.Fail] does.
func (c *Client) Serve(w http.ResponseWriter, r *http.Request, prepare func(*http.Request) (Open, error)) {
	if c.Timeout > 0 {
		ctx, cancel := context.WithTimeout(r.Context(), c.Timeout)
		defer cancel()
		r = r.WithContext(ctx)
	}
	if !c.Chunks {
		spooled, free, err := relay.Spool(r, c.MaxSpool)
		if err != nil {
			relay.Fail(w, r, c.Name, err)
			return
		}
		defer free()
		r = spooled
	}
	open, err := prepare(r)
	if err != nil {
		relay.Fail(w, r, c.Name, err)
		return
	}
	t, err := c.ask(w, r, open)
	if err != nil {
		relay.Fail(w, r, c.Name, err)
		return
	}
	defer t.close()
	t.answer(w, r)
}

// ask sends r, again where that is safe, until there is the head of an answer.
func (c *Client) ask(w http.ResponseWriter, r *http.Request, open Open) (*talk, error) {
	fresh := false
	for refused := 1; ; {
		conn, err := c.Pool.Get(r.Context(), fresh)
		if err != nil {
			return nil, unreachable(r.Context(), err)
		}
		t := &talk{client: c, link: link(conn)}
		err = t.ask(w, r, open)
		if err == nil {
			return t, nil
		}
		broken := t.close()
		var no *Refusal
		switch {
		case r.Context().Err() != nil:
			return nil, over(r.Context(), err)
		case broken != nil: // the client's body
			return nil, broken
		case errors.As(err, &no):
			conn.Refused()
			if hasBody(r) || refused >= len(c.Pool.Addresses) {
				return nil, &relay.Busy{Reason: no.Reason, RetryAfter: time.Second}
			}
			refused++
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
