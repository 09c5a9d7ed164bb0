package view

import (
	"bytes"
	"cmp"
	"crypto/sha256"
	"encoding/base64"
	"fmt"
	"io/fs"
	"mime"
	"net/http"
	"path"
	"regexp"
	"slices"
	"time"
)

// Assets are the style sheet, the fonts and the icon. Each has an address with a
// digest of its content in it, so that a browser may keep it for ever.
type Assets struct {
	source fs.FS
	live   bool
	root   string
	tags   map[string]string // digest by file name
}

func newAssets(source fs.FS, live bool, root string) (*Assets, error) {
	a := &Assets{source: source, live: live, root: root, tags: map[string]string{}}
	names, err := fs.Glob(source, "static/*")
	if err != nil {
		return nil, err
	}
	// Style sheets come last: they name the addresses of the others.
	slices.SortStableFunc(names, func(x, y string) int { return cmp.Compare(path.Ext(y), path.Ext(x)) })
	for _, name := range names {
		content, err := a.read(path.Base(name))
		if err != nil {
			return nil, err
		}
		a.tags[path.Base(name)] = digest(content)
	}
	return a, nil
}

// read returns a file as it is served: in a style sheet url(x) becomes the address
// of x with its digest, from the sheet's own on, so that it is the same sheet everywhere.
func (a *Assets) read(name string) ([]byte, error) {
	content, err := fs.ReadFile(a.source, "static/"+name)
	if err != nil {
		return nil, fmt.Errorf("view: %w", err)
	}
	if path.Ext(name) != ".css" {
		return content, nil
	}
	return reference.ReplaceAllFunc(content, func(m []byte) []byte {
		return []byte("url(" + a.versioned(string(m[len("url("):len(m)-1])) + ")")
	}), nil
}

var reference = regexp.MustCompile(`url\([\w.-]+\)`)

func digest(content []byte) string {
	sum := sha256.Sum256(content)
	return base64.RawURLEncoding.EncodeToString(sum[:12])
}

// Href is the address of a file, with its digest: /static/wiki.css?v=….
func (a *Assets) Href(name string) string { return a.root + "/static/" + a.versioned(name) }

func (a *Assets) versioned(name string) string {
	tag := a.tags[name]
	if a.live {
		if content, err := a.read(name); err == nil {
			tag = digest(content)
		}
	}
	return name + "?v=" + tag
}

// ServeHTTP serves the file that the pattern's {file} names, with a strong validator.
// Under the address that [Assets.Href] gives it may be kept for a year, under any
// other it has to be asked for again.
func (a *Assets) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	name := r.PathValue("file")
	tag, known := a.tags[name]
	if !known {
		http.NotFound(w, r)
		return
	}
	content, err := a.read(name)
	if err != nil {
		panic(err) // a part of the program is missing
	}
	if a.live {
		tag = digest(content)
	}
	h := w.Header()
	h.Set("Content-Type", contentType(name))
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("Etag", Tag(content))
	h.Set("Cache-Control", "no-cache")
	if r.URL.Query().Get("v") == tag {
		h.Set("Cache-Control", "public, max-age=31536000, immutable")
		if path.Ext(name) == ".css" {
			h.Set("Use-As-Dictionary", `match="`+a.root+`/static/`+name+`"`) // for the next version of itself
		}
	}
	http.ServeContent(w, r, name, time.Time{}, bytes.NewReader(content))
}

// contentType does not trust the system's table alone, which may not know fonts.
func contentType(name string) string {
	if path.Ext(name) == ".woff2" {
		return "font/woff2"
	}
	return mime.TypeByExtension(path.Ext(name))
}

// Tag is a strong validator of some content (RFC 9110 §8.8.3).
func Tag(content []byte) string { return `"` + digest(content) + `"` }
