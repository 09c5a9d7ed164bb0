package cgienv

import (
	"net/http"
	"net/url"
	"path"
	"strings"
)

// strip takes the prefix that mount means off u's path, and returns it as it stood there.
func (h *Head) strip(u *url.URL, mount string) (prefix string, err error) {
	if u.Path == "*" {
		return "", nil // OPTIONS *, RFC 9110 §9.3.7: for the server as a whole
	}
	if mount == "" {
		return h.find(u), nil
	}
	prefix, ok := Strip(u, mount)
	if !ok {
		return "", &Error{http.StatusNotFound, "the path is outside the mount"}
	}
	return prefix, nil
}

// Strip takes mount, a path that is not escaped, off u's path, and returns it as it stood there.
// It reports false, and changes nothing, where the path does not begin with it as whole segments.
// The path that is left begins with a slash.
func Strip(u *url.URL, mount string) (prefix string, ok bool) {
	mount = strings.TrimRight(mount, "/")
	if mount == "" {
		return "", true
	}
	prefix, path, raw, ok := cut(u, mount)
	if ok {
		setPath(u, path, raw)
	}
	return prefix, ok
}

// find takes off what the server in front says is the program's own address. That is true of CGI
// and of Apache's uwsgi. With the other protocols SCRIPT_NAME is the whole path (Apache, nginx,
// haproxy), or in lighttpd one segment too long if the configured prefix ends in a slash.
func (h *Head) find(u *url.URL) string {
	script := strings.TrimRight(h.Script, "/")
	if script == "" || h.Info == "" && !h.Program {
		return ""
	}
	prefix, path, raw, ok := cut(u, script)
	if !ok || !sameRest(path, h.Info) {
		return ""
	}
	setPath(u, path, raw)
	return prefix
}

// sameRest reports whether PATH_INFO, in which servers merge slashes, resolve dots and leave or
// decode %2F, was made of the path's rest.
func sameRest(rest, info string) bool {
	rest = clean(rest)
	return rest == clean(info) || rest == clean(escapedSlash.Replace(info))
}

var escapedSlash = strings.NewReplacer("%2F", "/", "%2f", "/")

func clean(p string) string { return path.Clean("/" + p) }

// cut splits u's path behind prefix, which ends where a segment ends. found is the prefix as it
// stands in the path, path and raw are the rest, decoded and not.
func cut(u *url.URL, prefix string) (found, path, raw string, ok bool) {
	path, ok = strings.CutPrefix(u.Path, prefix)
	if !ok || path != "" && path[0] != '/' {
		return "", "", "", false
	}
	escaped := u.EscapedPath()
	at := 0
	for i := range len(prefix) {
		if at >= len(escaped) || (prefix[i] == '/') != (escaped[at] == '/') {
			return "", "", "", false // an escaped slash ends no segment
		}
		if escaped[at] == '%' {
			at += 2
		}
		at++
	}
	raw = escaped[at:]
	if raw != "" && raw[0] != '/' {
		return "", "", "", false
	}
	return escaped[:at], path, raw, true
}

// setPath keeps the raw path where it is not what the path would be written as, as url.Parse
// does.
func setPath(u *url.URL, path, raw string) {
	if path == "" {
		path, raw = "/", "/"
	}
	u.Path, u.RawPath = path, ""
	if u.EscapedPath() != raw {
		u.RawPath = raw
	}
}
