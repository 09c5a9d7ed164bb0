package fcgi

import (
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"

	"github.com/surcoat/surcoat/gateway/internal/cgienv"
	"github.com/surcoat/surcoat/gateway/internal/scriptpath"
)

// scripts is a folder of them.
type scripts struct {
	root, remote string // absolute; remote with slashes
	index        []string
	extensions   []string
	fallback     string
	static       http.Handler
}

func newScripts(c *Client) (s *scripts, err error) {
	s = &scripts{index: c.Index, extensions: c.Extensions, fallback: c.Fallback, static: c.Static}
	if s.root, err = filepath.Abs(c.Root); err != nil {
		return nil, fmt.Errorf("fcgi: Client.Root: %w", err)
	}
	info, err := os.Stat(s.root)
	if err != nil {
		return nil, fmt.Errorf("fcgi: Client.Root: %w", err)
	}
	if !info.IsDir() {
		return nil, fmt.Errorf("fcgi: Client.Root: %s is not a folder", s.root)
	}
	if s.index == nil {
		s.index = []string{"index.php"}
	}
	if s.extensions == nil {
		s.extensions = []string{".php"}
	}
	for _, e := range s.extensions {
		if len(e) < 2 || e[0] != '.' || strings.Contains(e, "/") {
			return nil, fmt.Errorf("fcgi: Client.Extensions: %q is none; write .php", e)
		}
	}
	s.remote = strings.TrimRight(c.RemoteRoot, "/")
	if c.RemoteRoot == "" {
		s.remote = strings.TrimRight(filepath.ToSlash(s.root), "/")
	} else if c.RemoteRoot[0] != '/' && !filepath.IsAbs(c.RemoteRoot) {
		return nil, fmt.Errorf("fcgi: Client.RemoteRoot: %q is not an absolute path", c.RemoteRoot)
	}
	if s.fallback != "" {
		f, ok := scriptpath.Find(s.root, s.fallback)
		if !ok || f.Slash || f.Info != "" || !hasExtension(f.File, s.extensions) {
			return nil, errors.New("fcgi: Client.Fallback: " + s.fallback + " is no script of Root")
		}
	}
	return s, nil
}

// find puts into o which script a request is for. If it is for none, o has no Filename then, and a
// handler that is not nil answers it; else there is nothing.
func (s *scripts) find(r *http.Request, o *cgienv.Outgoing) http.Handler {
	f, ok := scriptpath.Find(s.root, o.Info, s.index...)
	if !ok && s.fallback != "" {
		f, ok = scriptpath.Find(s.root, s.fallback)
	}
	switch {
	case !ok:
	case f.Slash:
		return http.HandlerFunc(redirect)
	case hasExtension(f.File, s.extensions):
		below := filepath.ToSlash(strings.TrimPrefix(f.File, strings.TrimRight(s.root, string(filepath.Separator))))
		o.Script += below
		o.Info = f.Info
		o.Root = s.remote
		o.Filename = s.remote + below
	case f.Info == "" && s.static != nil && !s.source(f.File):
		info := o.Info
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { s.static.ServeHTTP(w, below(r, info, f)) })
	}
	return nil
}

// hasExtension reports whether a file's name ends in one of the list, as it is written there.
func hasExtension(file string, list []string) bool {
	return slices.ContainsFunc(list, func(e string) bool { return strings.HasSuffix(file, e) })
}

// source reports whether a file may have a script's text in it, of which it is a copy.
func (s *scripts) source(file string) bool {
	name := strings.ToLower(filepath.Base(file))
	for _, e := range s.extensions {
		if strings.Contains(name, strings.ToLower(e)) {
			return true
		}
	}
	return false
}

// below is r for a handler of Root's files. A folder's file is asked for by its name, but for
// index.html, which http.FileServer redirects to the folder.
func below(r *http.Request, info string, f scriptpath.Found) *http.Request {
	if strings.HasSuffix(info, "/") && path.Base(f.Script) != "index.html" {
		info = f.Script
	}
	if info == r.URL.Path {
		return r
	}
	r2 := r.WithContext(r.Context())
	r2.URL = new(url.URL)
	*r2.URL = *r.URL
	r2.URL.Path, r2.URL.RawPath = info, ""
	return r2
}

// redirect sends the client to the same path with a slash at its end. The last part of the path is
// enough for that, and cannot name another host.
func redirect(w http.ResponseWriter, r *http.Request) {
	whole, _, _ := strings.Cut(r.RequestURI, "?")
	if !strings.HasPrefix(whole, "/") {
		whole = r.URL.EscapedPath()
	}
	to := "./" + path.Base(whole) + "/"
	if r.URL.RawQuery != "" {
		to += "?" + r.URL.RawQuery
	}
	status := http.StatusPermanentRedirect
	if r.Method == http.MethodGet || r.Method == http.MethodHead {
		status = http.StatusMovedPermanently
	}
	w.Header().Set("Location", to)
	w.WriteHeader(status)
}
