package cgi

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"

	"github.com/surcoat/surcoat/gateway/internal/relay"
)

// maxLocal is how many times a request can be sent on by programs.
const maxLocal = 10

// hops is the context's key for how many times it has been.
type hops struct{}

// isLocal reports whether a Location is a path on this server (RFC 3875 §6.3.2). "//host" is not.
func isLocal(location string) bool {
	return strings.HasPrefix(location, "/") && !strings.HasPrefix(location, "//")
}

// local serves the path that a program has answered with, as if the client had asked for it.
func (h *host) local(w http.ResponseWriter, r *http.Request, location string) {
	n, _ := r.Context().Value(hops{}).(int)
	if n >= maxLocal {
		relay.Fail(w, r, "cgi", fmt.Errorf("sent on %d times by programs, the last time to %q", n, clip(location)))
		return
	}
	location, _, _ = strings.Cut(location, "#")
	to, err := url.ParseRequestURI(location)
	if err != nil {
		relay.Fail(w, r, "cgi", errors.New("a Location that is none"))
		return
	}
	if strings.HasPrefix(r.RequestURI, "/") { // else they may be what the client says, in a target of absolute form
		to.Scheme, to.Host = r.URL.Scheme, r.URL.Host
	}
	next := r.Clone(context.WithValue(r.Context(), hops{}, n+1))
	if next.Method != http.MethodHead {
		next.Method = http.MethodGet
	}
	next.URL, next.RequestURI, next.Pattern = to, location, ""
	next.Body, next.ContentLength, next.TransferEncoding = http.NoBody, 0, nil
	next.Form, next.PostForm, next.MultipartForm = nil, nil, nil
	for name := range next.Header {
		if strings.HasPrefix(name, "Content-") {
			next.Header.Del(name)
		}
	}
	h.redirect.ServeHTTP(w, next)
}
