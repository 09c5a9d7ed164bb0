// Package proxied tells requests that a proxy, a balancer or a tunnel has passed on, by
// the traces that these leave. What is for the developer on this machine alone must know:
// to such a request's peer, which is the proxy, anybody's request looks like the developer's own.
//
// A proxy that leaves no trace, such as a forwarded TCP port, is not found.
package proxied

import (
	"net/http"
	"slices"
	"strings"
)

// Trace says by what r shows that it came through a proxy; "": it shows nothing of the kind.
func Trace(r *http.Request) string {
	for name := range r.Header {
		if added(name) {
			return "it has " + name
		}
	}
	if !r.ProtoAtLeast(1, 1) {
		// So nginx has long spoken to what is behind it, under the upstream's own name and
		// without any field unless told to. No browser does, nor curl.
		return "it is in HTTP/1.0"
	}
	return ""
}

// added reports whether proxies, balancers and tunnels add the header field.
func added(name string) bool {
	name = strings.ToLower(strings.ReplaceAll(name, "_", "-"))
	switch name {
	case "forwarded", "via", "client-ip", "x-client-ip", "true-client-ip", "x-real-ip", "x-remote-ip", "x-remote-addr",
		"x-originating-ip", "x-cluster-client-ip", "fly-client-ip", "fastly-client-ip", "cdn-loop", "x-cloud-trace-context":
		return true
	}
	return slices.ContainsFunc([]string{
		"x-forwarded", "x-original-", "x-envoy-", "cf-", "tailscale-", "ngrok-", "x-amzn-", "x-amz-cf-", "x-azure-", "x-arr-", "x-appengine-", "x-vercel-", "x-nf-",
	}, func(prefix string) bool { return strings.HasPrefix(name, prefix) })
}
