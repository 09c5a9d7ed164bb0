package exchange_test

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"strings"
	"sync"
	"testing"

	"github.com/surcoat/surcoat/gateway/internal/exchange"
)

// recorder is a carrier that writes down what it is given, one word for each call. fails says
// which call returns an error.
type recorder struct {
	mu    sync.Mutex
	calls []string
	body  strings.Builder
	fails string
}

var errCarrier = fmt.Errorf("carrier failed")

func (c *recorder) note(call, rest string) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.calls = append(c.calls, call+rest)
	if call == c.fails {
		return errCarrier
	}
	return nil
}

func (c *recorder) Head(status int, header []exchange.Field) error {
	return c.note("head", fmt.Sprintf(" %d%s", status, list(header)))
}

func (c *recorder) Inform(status int, header []exchange.Field) error {
	return c.note("inform", fmt.Sprintf(" %d%s", status, list(header)))
}

func (c *recorder) Body(p []byte) error {
	c.body.Write(p)
	return c.note("body", fmt.Sprintf(" %d", len(p)))
}

func (c *recorder) Flush() error { return c.note("flush", "") }

func (c *recorder) End(trailer []exchange.Field) error { return c.note("end", list(trailer)) }

func (c *recorder) Abort() { _ = c.note("abort", "") }

// list writes fields, without Date.
func list(fields []exchange.Field) string {
	var b strings.Builder
	for _, f := range fields {
		if f.Name != "Date" {
			fmt.Fprintf(&b, " %s=%s", f.Name, f.Value)
		}
	}
	return b.String()
}

func (c *recorder) String() string {
	c.mu.Lock()
	defer c.mu.Unlock()
	return strings.Join(c.calls, "; ")
}

// get is a request whose context is ctx.
func get(ctx context.Context) *http.Request {
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, "/", nil)
	if err != nil {
		panic(err)
	}
	return r
}

// post is a request with a body of that length, -1 for unknown.
func post(length int64) *http.Request {
	r := get(context.Background())
	r.Method, r.ContentLength = http.MethodPost, length
	return r
}

// serve runs h and returns what the carrier was given.
func serve(h http.HandlerFunc, r *http.Request, o exchange.Options) (*recorder, exchange.Outcome) {
	c := new(recorder)
	out := exchange.Serve(h, r, c, quiet(o))
	return c, out
}

func quiet(o exchange.Options) exchange.Options {
	if o.Logger == nil {
		o.Logger = slog.New(slog.DiscardHandler)
	}
	return o
}

func expect(t *testing.T, got fmt.Stringer, want string) {
	t.Helper()
	if got.String() != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
}

func write(s string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, s) }
}
