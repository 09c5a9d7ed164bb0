package cgienv

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"path"
	"strconv"
	"strings"

	"github.com/surcoat/surcoat/gateway/internal/fieldline"
	"github.com/surcoat/surcoat/internal/fieldlist"
	"github.com/surcoat/surcoat/internal/identity"
)

// Outgoing is what an application is told of a request that is not in the request itself.
type Outgoing struct {
	// Script and Info are SCRIPT_NAME and PATH_INFO; [Split] finds them.
	Script, Info string
	// Filename is SCRIPT_FILENAME, the program's file. "": left out.
	Filename string
	// Root is DOCUMENT_ROOT. "": left out, and PATH_TRANSLATED with it.
	Root string
	// Length is CONTENT_LENGTH for a body whose length r does not know, as it has been counted
	// since. It does not count where r.ContentLength is not negative.
	Length int64
}

// ErrIdentity is the error of [Outgoing.Vars] where it cannot be found out now whom a request is
// from: the answer is 503.
var ErrIdentity = errors.New("cgienv: cannot find out now whom the request is from")

// Split returns what has been taken off the path of r on its way here, by http.StripPrefix, by a
// mount, as SCRIPT_NAME, and the path that is left as PATH_INFO. mount is taken off too; a request
// outside it is not ok. Slashes at its end do not count, as for [Strip], so that "" and "/" are none.
func Split(r *http.Request, mount string) (script, info string, ok bool) {
	info = r.URL.Path
	whole, _, _ := strings.Cut(r.RequestURI, "?")
	if front, found := strings.CutSuffix(whole, r.URL.EscapedPath()); found && strings.HasPrefix(front, "/") {
		if path, err := url.PathUnescape(front); err == nil {
			script = strings.TrimRight(path, "/")
		}
	}
	mount = strings.TrimRight(mount, "/")
	if mount == "" {
		return script, info, true
	}
	rest, ok := strings.CutPrefix(info, mount)
	if !ok || rest != "" && rest[0] != '/' {
		return "", "", false
	}
	return script + mount, rest, true
}

// ErrOutside is what a request is answered for which [Split] reports false.
var ErrOutside = &Error{Status: http.StatusNotFound, Reason: "the path is outside Mount"}

// CheckMount returns what is wrong with a mount that [Split] is to take off.
func CheckMount(mount string) error {
	switch {
	case mount == "":
		return nil
	case mount[0] != '/' || strings.ContainsAny(mount, "?#%\x00\r\n"):
		return fmt.Errorf("%q is not a path that begins with a slash, such as /wiki, without escapes", mount)
	}
	return nil
}

// Vars returns the variables of r (RFC 3875 §4.1) in the order in which they are to be sent:
// CONTENT_LENGTH first, which SCGI wants. It is an allow-list: what is not said here, an
// application is not told.
//
// Of the header, names with other bytes than letters, digits and "-" are left out, as "X_Real_IP"
// and "X-Real-IP" would be the same variable; Proxy, which would be the variable that programs
// take their proxy from (httpoxy, CVE-2016-5385); and what is about this connection. Authorization
// is left out where it was for a layer of ours.
//
// A value with NUL, CR or LF in it, as a path can have it, is an [*Error] with status 400.
func (o *Outgoing) Vars(r *http.Request) (Vars, error) {
	user, scheme, err := identity.Of(r.Context())
	if err != nil {
		return nil, errors.Join(ErrIdentity, err)
	}
	vars := make(Vars, 0, 24+len(r.Header))
	vars.Add("CONTENT_LENGTH", o.length(r))
	vars.Add("GATEWAY_INTERFACE", "CGI/1.1")
	vars.Add("SERVER_SOFTWARE", "surcoat")
	vars.Add("SERVER_PROTOCOL", r.Proto)
	vars.Add("REQUEST_METHOD", r.Method)
	vars.Add("REQUEST_URI", requestURI(r))
	vars.Add("SCRIPT_NAME", o.Script)
	vars.Add("PATH_INFO", o.Info)
	vars.Add("QUERY_STRING", r.URL.RawQuery)
	if o.Filename != "" {
		vars.Add("SCRIPT_FILENAME", o.Filename)
	}
	if o.Root != "" {
		vars.Add("DOCUMENT_ROOT", o.Root)
		if o.Info != "" {
			vars.Add("PATH_TRANSLATED", translated(o.Root, o.Info))
		}
	}
	vars.addEnds(r)
	if user != "" {
		vars.Add("REMOTE_USER", user)
		vars.Add("AUTH_TYPE", scheme)
	}
	vars.addHeader(r, Spent(scheme))
	for i := range vars {
		if strings.ContainsAny(vars[i].Value, "\x00\r\n") {
			return nil, bad("NUL, CR or LF in " + vars[i].Name)
		}
	}
	return vars, nil
}

// translated is the file that a path means in a folder (RFC 3875 §4.1.6), which is always in it:
// programs take it for that (git-http-backend).
func translated(root, info string) string {
	to := strings.TrimRight(root, "/") + path.Clean("/"+info)
	if strings.HasSuffix(info, "/") && !strings.HasSuffix(to, "/") {
		to += "/"
	}
	return to
}

func (o *Outgoing) length(r *http.Request) string {
	switch {
	case r.ContentLength > 0:
		return strconv.FormatInt(r.ContentLength, 10)
	case r.ContentLength < 0:
		return strconv.FormatInt(o.Length, 10)
	case bodyExpected(r.Method) || r.Header["Content-Length"] != nil:
		return "0"
	}
	return ""
}

// requestURI is the target as the client sent it, less scheme and host where it was a proxy's.
func requestURI(r *http.Request) string {
	if strings.HasPrefix(r.RequestURI, "/") || r.RequestURI == "*" {
		return r.RequestURI
	}
	return (&url.URL{Path: r.URL.Path, RawPath: r.URL.RawPath, RawQuery: r.URL.RawQuery, ForceQuery: r.URL.ForceQuery}).RequestURI()
}

// addEnds adds who and where the client and the server are.
func (v *Vars) addEnds(r *http.Request) {
	scheme, port := "http", "80"
	if r.TLS != nil || r.URL.Scheme == "https" && strings.HasPrefix(r.RequestURI, "/") { // the second is what a trusted proxy said, unless the client said it
		scheme, port = "https", "443"
		v.Add("HTTPS", "on")
	}
	v.Add("REQUEST_SCHEME", scheme)
	local := localAddr(r.Context())
	name := strings.Trim(r.Host, "[]")
	if host, p, err := net.SplitHostPort(r.Host); err == nil {
		name, port = host, p
	}
	if name == "" && local.IsValid() {
		name, port = local.Addr().String(), strconv.Itoa(int(local.Port()))
	}
	if strings.Contains(name, ":") {
		name = "[" + name + "]" // RFC 3875 §4.1.14
	}
	v.Add("SERVER_NAME", name)
	v.Add("SERVER_PORT", port)
	if local.IsValid() {
		v.Add("SERVER_ADDR", local.Addr().String())
	}
	if host, port, err := net.SplitHostPort(r.RemoteAddr); err == nil {
		v.Add("REMOTE_ADDR", host)
		v.Add("REMOTE_PORT", port)
	} else { // a Unix socket; the variable has to be there (§4.1.8)
		v.Add("REMOTE_ADDR", "127.0.0.1")
	}
}

func localAddr(ctx context.Context) netip.AddrPort {
	a, ok := ctx.Value(http.LocalAddrContextKey).(*net.TCPAddr)
	if !ok {
		return netip.AddrPort{}
	}
	at := a.AddrPort()
	return netip.AddrPortFrom(at.Addr().Unmap(), at.Port())
}

// Spent reports whether the Authorization field was for a layer of ours, which has found out by
// that scheme whom the request is from. It is not for the application then.
func Spent(scheme string) bool { return scheme == "Basic" || scheme == "Bearer" }

// Fields ranges over the fields of r's header of which an application is told ([Outgoing.Vars] says
// which), with their canonical names, and without Host. spent: Authorization is not one.
func Fields(r *http.Request, spent bool) iter.Seq2[string, []string] {
	return func(yield func(string, []string) bool) {
		for name, values := range r.Header {
			if len(values) == 0 || !isTold(name) || name == "Authorization" && spent || fieldlist.Has(r.Header["Connection"], name) {
				continue
			}
			if !yield(name, values) {
				return
			}
		}
	}
}

// addHeader adds the header's fields.
func (v *Vars) addHeader(r *http.Request, spent bool) {
	if r.Host != "" {
		v.Add("HTTP_HOST", r.Host)
	}
	for name, values := range Fields(r, spent) {
		value := strings.Join(values, ", ")
		switch name {
		case "Cookie":
			value = strings.Join(values, "; ")
		case "Content-Type":
			value = values[0]
		}
		v.Add(variable(name), value)
	}
}

// isTold reports whether a field of that name is for the application.
func isTold(name string) bool {
	if fieldline.HopByHop(name) {
		return false
	}
	switch name {
	case "Content-Length", "Host", "Proxy", "Expect": // the last is met when the body is read
		return false
	}
	for i := range len(name) {
		if c := name[i]; c != '-' && (c < '0' || c > '9') && (c < 'A' || c > 'Z') && (c < 'a' || c > 'z') {
			return false
		}
	}
	return name != ""
}

// usual are the variables of the fields that most requests have: they need no memory.
var usual = func() map[string]string {
	names := map[string]string{"Content-Type": "CONTENT_TYPE"}
	for _, name := range []string{
		"Accept", "Accept-Encoding", "Accept-Language", "Authorization", "Cache-Control", "Cookie", "If-Modified-Since", "If-None-Match",
		"Origin", "Pragma", "Priority", "Range", "Referer", "Sec-Fetch-Dest", "Sec-Fetch-Mode", "Sec-Fetch-Site", "Sec-Fetch-User",
		"Upgrade-Insecure-Requests", "User-Agent",
	} {
		names[name] = format(name)
	}
	return names
}()

// variable is User-Agent's HTTP_USER_AGENT.
func variable(name string) string {
	if v, ok := usual[name]; ok {
		return v
	}
	return format(name)
}

func format(name string) string {
	b := make([]byte, 0, len("HTTP_")+len(name))
	b = append(b, "HTTP_"...)
	for i := range len(name) {
		switch c := name[i]; {
		case c == '-':
			b = append(b, '_')
		case 'a' <= c && c <= 'z':
			b = append(b, c-'a'+'A')
		default:
			b = append(b, c)
		}
	}
	return string(b)
}
