package relay

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"strings"
	"time"

	"github.com/surcoat/surcoat/gateway/internal/cgienv"
	"github.com/surcoat/surcoat/internal/errpage"
)

// Fail answers a request for which there is no answer of the application yet. The log says what
// err says, after the name of the package that it is from.
//
//   - what the request itself is to blame for ([*cgienv.Error], [ErrTooLarge]): 400, 404, 413
//   - [*Busy], [cgienv.ErrIdentity]: 503
//   - a time that was over: 504
//   - a client that has gone ([*Client], context.Canceled): nothing, panic(http.ErrAbortHandler)
//   - anything else: 502
//
// It goes by err, not by the end of r's context, which may be our own doing: net/http takes the end of
// reading a body ([Upload.Stop]) for the client's.
//
// In dev builds what the application itself said of it ([Said]) becomes a traceback page.
func Fail(w http.ResponseWriter, r *http.Request, name string, err error) {
	var client *Client
	if errors.As(err, &client) || errors.Is(err, context.Canceled) {
		var big *http.MaxBytesError
		if errors.As(err, &big) {
			errpage.Write(w, r, errpage.Problem{Status: http.StatusRequestEntityTooLarge})
			return
		}
		panic(http.ErrAbortHandler)
	}
	p := errpage.Problem{Status: http.StatusBadGateway, Err: named(name, err)}
	var (
		bad     *cgienv.Error
		busy    *Busy
		timeout net.Error
	)
	switch {
	case errors.As(err, &bad):
		p.Status, p.Err = bad.Status, nil
	case errors.Is(err, ErrTooLarge):
		p.Status = http.StatusRequestEntityTooLarge
	case errors.As(err, &busy):
		p.Status, p.RetryAfter = http.StatusServiceUnavailable, busy.RetryAfter
	case errors.Is(err, cgienv.ErrIdentity):
		p.Status = http.StatusServiceUnavailable
	case errors.As(err, &timeout) && timeout.Timeout(), errors.Is(err, context.DeadlineExceeded):
		p.Status = http.StatusGatewayTimeout
	}
	show(w, name, err)
	errpage.Write(w, r, p)
}

// named puts the package's name before an error that does not begin with it already, as those of
// Check do.
func named(name string, err error) error {
	if strings.HasPrefix(err.Error(), name+": ") {
		return err
	}
	return fmt.Errorf("%s: %w", name, err)
}

// Busy says that the application can take no more requests now, or cannot be reached.
type Busy struct {
	Reason     string
	RetryAfter time.Duration
}

// Error implements error.
func (b *Busy) Error() string { return b.Reason }
