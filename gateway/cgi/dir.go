package cgi

import (
	"errors"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"

	"github.com/surcoat/surcoat/gateway/internal/cgienv"
	"github.com/surcoat/surcoat/gateway/internal/relay"
	"github.com/surcoat/surcoat/gateway/internal/scriptpath"
)

// Dir runs the CGI programs of a folder, as Apache's ScriptAlias and a cgi-bin do: the path names
// the program, and what is behind that is PATH_INFO. Its fields must not be changed after the first
// request; it is for many requests at once.
//
// Nothing in the folder is ever served as a file. What does not exist, dot files and what editors
// and package managers leave behind (index.cgi~, index.cgi.bak) are answered with 404, and a file
// that is not executable with 403. Folders below it count, and symbolic links are followed.
type Dir struct {
	// Root is the folder.
	Root string
	// Index are the names of the programs that a path to a folder means, the first that is there.
	// nil: such a path is answered with 404.
	Index []string
	// Programs says how the programs are run. Path is empty, MaxProcesses for all together, and
	// Mount where the folder is: "/cgi-bin".
	Programs Handler

	once sync.Once
	root string
	host *host
	err  error
}

// Check returns what is wrong with the fields, or with the folder. ServeHTTP answers every request
// with 502 then.
func (d *Dir) Check() error {
	d.once.Do(func() { d.err = d.open() })
	return d.err
}

func (d *Dir) open() (err error) {
	if d.Programs.Path != "" {
		return errors.New("cgi: Dir.Programs.Path is not empty: the request's path says which program is run")
	}
	if d.Root == "" {
		return errors.New("cgi: Dir.Root is empty")
	}
	if d.root, err = filepath.Abs(d.Root); err != nil {
		return fmt.Errorf("cgi: Dir.Root: %w", err)
	}
	switch info, err := os.Stat(d.root); {
	case err != nil:
		return fmt.Errorf("cgi: Dir.Root: %w", err)
	case !info.IsDir():
		return fmt.Errorf("cgi: Dir.Root: %s is not a folder", d.root)
	}
	d.host, err = d.Programs.open()
	return err
}

// ServeHTTP implements http.Handler. It returns when the program has ended.
func (d *Dir) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if err := d.Check(); err != nil {
		relay.Fail(w, r, "cgi", err)
		return
	}
	p, err := d.find(w, r)
	switch {
	case err != nil:
		relay.Fail(w, r, "cgi", err)
	case p.file != "":
		d.host.serve(w, r, p)
	}
}

// find returns the program that r is for. Without one it has answered.
func (d *Dir) find(w http.ResponseWriter, r *http.Request) (p program, err error) {
	front, path, ok := cgienv.Split(r, d.host.mount)
	switch {
	case !ok:
		return p, cgienv.ErrOutside
	case strings.ContainsAny(path, "\x00\r\n"):
		return p, &cgienv.Error{Status: http.StatusBadRequest, Reason: "NUL, CR or LF in the path"}
	}
	f, ok := scriptpath.Find(d.root, path, d.Index...)
	switch {
	case !ok || f.Slash && len(d.Index) == 0 || !f.Slash && leftBehind(filepath.Base(f.File)):
		return p, &cgienv.Error{Status: http.StatusNotFound, Reason: "there is no such program"}
	case f.Slash:
		to := *r.URL
		to.Path, to.RawPath = front+path+"/", ""
		to.Scheme, to.Host, to.User = "", "", nil
		http.Redirect(w, r, "/"+strings.TrimLeft(to.String(), "/"), http.StatusMovedPermanently)
		return p, nil
	case !mayExecute(f.Mode):
		d.host.logger.Warn("cgi: a file among the programs is not executable; chmod +x it", "program", f.File)
		return p, &cgienv.Error{Status: http.StatusForbidden, Reason: "the program is not executable"}
	}
	return program{file: f.File, script: front + f.Script, info: f.Info}, nil
}

// leftBehind reports whether a file is a copy that an editor or a package manager has made of
// another: no program of the site, whatever its mode.
func leftBehind(name string) bool {
	lower := strings.ToLower(name)
	return strings.HasPrefix(name, "#") || strings.HasSuffix(name, "~") || strings.HasSuffix(name, "#") ||
		strings.Contains(lower, ".dpkg-") || slices.Contains(leftovers, filepath.Ext(lower))
}

var leftovers = []string{
	".bak", ".bk", ".old", ".orig", ".rej", ".save", ".swp", ".swo", ".tmp", ".rpmnew", ".rpmorig", ".rpmsave", ".ucf-dist", ".ucf-old",
}
