package upstream

import (
	"cmp"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/surcoat/surcoat/gateway/internal/cgianswer"
	"github.com/surcoat/surcoat/gateway/internal/relay"
)

// sendfile takes from an answer's header what it says to the server in front, which is not for
// clients, and opens the file that is to be sent in the place of the body: X-Sendfile is its path,
// X-Accel-Redirect, which counts where the other is missing, its path below the folder, as a URL has
// it. Without either there is no file.
func (c *Client) sendfile(head *cgianswer.Head) (*os.File, error) {
	path := cmp.Or(head.Header.Get("X-Sendfile"), head.Header.Get("X-Lighttpd-Send-File"))
	if redirect := head.Header.Get("X-Accel-Redirect"); redirect != "" && path == "" {
		path = inFolder(c.fields.SendfileRoot, redirect)
	}
	for name := range head.Header {
		if forFront(name) {
			delete(head.Header, name)
		}
	}
	if path == "" {
		return nil, nil
	}
	if c.fields.SendfileRoot == "" {
		return nil, errors.New("the application wants a file sent (X-Sendfile, X-Accel-Redirect), and no SendfileRoot allows one")
	}
	name, err := filepath.Rel(c.fields.SendfileRoot, path)
	if err != nil || !filepath.IsLocal(name) {
		return nil, fmt.Errorf("the application wants a file sent that is not in SendfileRoot: %q", path)
	}
	root, err := os.OpenRoot(c.fields.SendfileRoot)
	if err != nil {
		return nil, err
	}
	defer root.Close()
	// Looked at before, since to open a pipe can take for ever.
	if info, err := root.Stat(name); err != nil || !info.Mode().IsRegular() {
		return nil, cmp.Or(err, fmt.Errorf("the application wants %q sent, which is no regular file", path))
	}
	return root.Open(name)
}

// forFront reports whether a field of an answer is for the server in front, and not for clients.
func forFront(name string) bool {
	return strings.HasPrefix(name, "X-Accel-") || name == "X-Sendfile" || name == "X-Sendfile2" || name == "X-Lighttpd-Send-File"
}

// inFolder is the path of the file that a URL's path names, unless that is no path.
func inFolder(root, path string) string {
	path, _, _ = strings.Cut(path, "?")
	if unescaped, err := url.PathUnescape(path); err == nil {
		path = unescaped
	}
	return filepath.Join(root, filepath.FromSlash(path))
}

// serveFile sends a file under the header of the application's answer.
func serveFile(w http.ResponseWriter, r *http.Request, head *cgianswer.Head, file *os.File) {
	delete(head.Header, "Content-Length")
	relay.Copy(w.Header(), head.Header)
	var modified time.Time
	if info, err := file.Stat(); err == nil && head.Header["Last-Modified"] == nil {
		modified = info.ModTime()
	}
	http.ServeContent(w, r, file.Name(), modified, file)
}
