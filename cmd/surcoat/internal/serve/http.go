package serve

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/http/httputil"
	"strings"
	"time"

	"github.com/surcoat/surcoat/internal/errpage"
	"github.com/surcoat/surcoat/internal/identity"
)

// userField is how an HTTP application learns whom the layers have found; it is never the
// client's to say.
const userField = "Remote-User"

// proxy passes requests to an HTTP server. As nginx does, it keeps the path where the URL of the
// server has none, and else puts what is behind the application's path behind it.
func (a App) proxy() (http.Handler, error) {
	wait, err := a.duration("answer-timeout")
	if err != nil {
		return nil, err
	}
	transport := http.DefaultTransport.(*http.Transport).Clone()
	transport.Proxy = nil // the environment's is for the world outside
	transport.ResponseHeaderTimeout = wait
	transport.MaxIdleConnsPerHost = 32
	if path, ok := strings.CutPrefix(a.Address, "unix:"); ok {
		transport.DialContext = func(ctx context.Context, _, _ string) (net.Conn, error) {
			return new(net.Dialer).DialContext(ctx, "unix", path)
		}
	}
	next := &httputil.ReverseProxy{Transport: transport, Rewrite: a.rewrite, ErrorHandler: a.unanswered}
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if _, _, err := identity.Of(r.Context()); err != nil {
			errpage.Write(w, r, errpage.Problem{Status: http.StatusServiceUnavailable, Err: err})
			return
		}
		next.ServeHTTP(w, r)
	}), nil
}

func (a App) rewrite(r *httputil.ProxyRequest) {
	r.Out.URL.Scheme, r.Out.URL.Host = a.Base.Scheme, a.Base.Host
	if a.Base.Path != "" {
		base, own := strings.TrimRight(a.Base.Path, "/"), len(a.Path)
		path, escaped := r.In.URL.Path, r.In.URL.EscapedPath()
		r.Out.URL.Path = base + path[min(own, len(path)):]
		r.Out.URL.RawPath = strings.TrimRight(a.Base.EscapedPath(), "/") + escaped[min(own, len(escaped)):]
	}
	r.Out.URL.RawQuery = r.In.URL.RawQuery // with what Go's ParseQuery does not like and others may
	r.Out.Host = r.In.Host
	r.SetXForwarded()
	if r.In.URL.Scheme == "https" && strings.HasPrefix(r.In.RequestURI, "/") { // a trusted proxy says so, not the client's target
		r.Out.Header.Set("X-Forwarded-Proto", "https")
	}
	for name := range r.Out.Header { // Remote_User is the same as Remote-User to many; nginx drops those names too
		if name == userField || name == "Proxy" || strings.Contains(name, "_") { // httpoxy, CVE-2016-5385
			delete(r.Out.Header, name)
		}
	}
	// Behind an upgrade all requests on the connection pass by the layers, which is what h2c is for.
	if !strings.EqualFold(r.Out.Header.Get("Upgrade"), "websocket") {
		r.Out.Header.Del("Upgrade")
		r.Out.Header.Del("Connection")
	}
	user, scheme, err := identity.Of(r.In.Context())
	if err != nil || user == "" {
		return
	}
	r.Out.Header.Set(userField, user)
	if scheme == "Basic" || scheme == "Bearer" {
		r.Out.Header.Del("Authorization")
	}
}

// unanswered answers for a server that has not.
func (a App) unanswered(w http.ResponseWriter, r *http.Request, err error) {
	if r.Context().Err() == context.Canceled {
		panic(http.ErrAbortHandler)
	}
	p := errpage.Problem{Status: http.StatusBadGateway, Err: fmt.Errorf("the application %s: %w", a, err)}
	var timeout net.Error
	var big *http.MaxBytesError
	switch {
	case errors.As(err, &big):
		p.Status = http.StatusRequestEntityTooLarge
	case errors.As(err, &timeout) && timeout.Timeout():
		p.Status = http.StatusGatewayTimeout
	case unreached(err):
		p.Status, p.RetryAfter = http.StatusServiceUnavailable, 5*time.Second
	}
	errpage.Write(w, r, p)
}

// unreached reports whether err is one of not reaching the server at all.
func unreached(err error) bool {
	var op *net.OpError
	return errors.As(err, &op) && op.Op == "dial"
}
