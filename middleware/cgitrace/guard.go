//go:build dev

package cgitrace

import (
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"os"
	"slices"
	"strings"

	"github.com/surcoat/surcoat/internal/proxied"
	"github.com/surcoat/surcoat/middleware/forwarded"
)

// developer reports whether the client that sent r may see tracebacks, and if not, why.
//
// The threat is a dev build that more people can reach than its developer thinks:
// through a tunnel or proxy, from the local network, through a page in the developer's
// own browser that fetches from localhost or has rebound a name to it.
func (p *Page) developer(r *http.Request) (shows bool, withheld string) {
	if p.Off {
		return false, "Page.Off is set"
	}
	if name := productionEnvironment(); name != "" {
		return false, "the environment says production: " + name
	}
	for _, why := range []string{p.strangePeer(r), p.strangeHost(r), crossSite(r)} {
		if why != "" {
			return false, why
		}
	}
	return true, ""
}

// productionEnvironment names the variable by which the platform shows, or the
// operator says, that this is no developer's machine. "": there is none.
func productionEnvironment() string {
	for _, name := range []string{
		"KUBERNETES_SERVICE_HOST", "K_SERVICE", "DYNO", "FLY_APP_NAME", "AWS_LAMBDA_FUNCTION_NAME",
		"AWS_EXECUTION_ENV", "ECS_CONTAINER_METADATA_URI_V4", "WEBSITE_INSTANCE_ID", "RENDER", "RAILWAY_ENVIRONMENT", "VERCEL",
	} {
		if os.Getenv(name) != "" {
			return name
		}
	}
	for _, name := range []string{"APP_ENV", "GO_ENV", "ENVIRONMENT", "ENV"} {
		if v := os.Getenv(name); strings.EqualFold(v, "production") || strings.EqualFold(v, "prod") {
			return name + "=" + v
		}
	}
	return ""
}

// strangePeer says why r's peer is not known for the developer.
func (p *Page) strangePeer(r *http.Request) string {
	at, err := netip.ParseAddrPort(r.RemoteAddr)
	if err != nil {
		return "the peer has no address"
	}
	peer := at.Addr().Unmap().WithZone("")
	named := slices.ContainsFunc(p.AllowFrom, func(from netip.Prefix) bool { return from.Contains(peer) })
	if o, ok := forwarded.From(r.Context()); ok {
		if o.Trusted && named {
			return ""
		}
		return "the request came through a proxy"
	}
	if trace := proxied.Trace(r); trace != "" {
		return "the request came through a proxy: " + trace
	}
	if !peer.IsLoopback() && !named {
		return "the peer " + peer.String() + " is neither on this machine nor in Page.AllowFrom"
	}
	return ""
}

// strangeHost says why the name under which r came in is not one of this machine's.
func (p *Page) strangeHost(r *http.Request) string {
	host := hostname(r.Host)
	if host == "localhost" || strings.HasSuffix(host, ".localhost") { // RFC 6761 §6.3
		return ""
	}
	if addr, err := netip.ParseAddr(host); err == nil && addr.Unmap().IsLoopback() {
		return ""
	}
	for _, allowed := range p.AllowHosts {
		if host != "" && host == hostname(allowed) {
			return ""
		}
	}
	return "the host " + host + " is neither a name of this machine nor in Page.AllowHosts"
}

func hostname(host string) string {
	if name, _, err := net.SplitHostPort(host); err == nil {
		host = name
	}
	return strings.ToLower(strings.TrimSuffix(strings.Trim(host, "[]"), "."))
}

// crossSite says why another site's page seems to have sent r. Such a page may link
// here, but it may not load the report as its own part, where it could measure or,
// given lax CORS headers, read it.
func crossSite(r *http.Request) string {
	const why = "another site's page asked for it"
	switch site := strings.Join(r.Header.Values("Sec-Fetch-Site"), ","); site {
	case "same-origin", "same-site", "none":
		return ""
	case "": // no browser, or a connection that browsers do not trust
		for _, origin := range r.Header.Values("Origin") {
			if at, err := url.Parse(origin); err != nil || !strings.EqualFold(at.Host, r.Host) {
				return why
			}
		}
		return ""
	default:
		if site == "cross-site" && r.Header.Get("Sec-Fetch-Mode") == "navigate" && r.Header.Get("Sec-Fetch-Dest") == "document" {
			return ""
		}
		return why
	}
}
