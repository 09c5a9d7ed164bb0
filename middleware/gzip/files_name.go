package gzip

import (
	"io/fs"
	"net/http"
	"net/url"
	"path"
	"runtime"
	"strings"
)

// DotFile reports whether a name in a file system has an element that begins with a dot, as
// .git/config and docs/.env do: such files are seldom meant for the public. Those in
// /.well-known are (RFC 8615).
func DotFile(name string) bool {
	if rest, ok := strings.CutPrefix(name, ".well-known"); ok && (rest == "" || rest[0] == '/') {
		name = rest
	}
	return strings.HasPrefix(name, ".") || strings.Contains(name, "/.")
}

// fileName returns the name in an [fs.FS] of the file that a URL stands for. ok is false where
// it can stand for none.
//
// Paths that only mean the same (with "//", "/./", "/../" or an encoded slash) are not
// cleaned: a guard further out, which goes by the path as it came, must not be got round.
func fileName(u *url.URL) (name string, ok bool) {
	name, dir := strings.CutSuffix(strings.TrimPrefix(u.Path, "/"), "/")
	switch {
	case name == "": // "/", or what http.StripPrefix leaves of it; but not "//"
		return index, len(u.Path) < 2
	case name == "." || !fs.ValidPath(name) || strings.ContainsAny(name, "\\\x00"):
		return "", false
	case u.RawPath != "" && encodesSlash(u.RawPath):
		return "", false
	case runtime.GOOS == "windows" && windowsAlias(name):
		return "", false
	case dir:
		return path.Join(name, index), true
	}
	return name, true
}

// encodesSlash reports whether a path as it came has a slash in the form of "%2F".
func encodesSlash(raw string) bool {
	return strings.Contains(raw, "%2F") || strings.Contains(raw, "%2f")
}

// windowsAlias reports whether Windows may take name for that of another file: it drops dots
// and spaces at the end of an element, and GIT~1 may be short for .git. What Windows keeps
// for devices and streams is refused by package os.
func windowsAlias(name string) bool {
	for i := range len(name) {
		last := i+1 == len(name) || name[i+1] == '/'
		switch name[i] {
		case '.', ' ':
			if last {
				return true
			}
		case '~':
			if !last && '0' <= name[i+1] && name[i+1] <= '9' {
				return true
			}
		}
	}
	return false
}

// toDirectory sends the client to the path of a directory with its slash, against which the
// links on its index page resolve. The new address is a relative one: only the client knows
// what is in front of a path that http.StripPrefix or a proxy has shortened.
func toDirectory(w http.ResponseWriter, r *http.Request) {
	to := url.URL{Path: path.Base(r.URL.Path) + "/", RawQuery: r.URL.RawQuery}
	w.Header().Set("Location", to.String())
	w.Header().Set("Content-Length", "0") // to a HEAD, too
	w.WriteHeader(http.StatusMovedPermanently)
}
