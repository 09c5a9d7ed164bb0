package site

import (
	"crypto/sha256"
	"encoding/hex"
	"net/http"
	"strings"

	"github.com/surcoat/surcoat/examples/wiki/view"
	"github.com/surcoat/surcoat/middleware/gzip"
)

// dictionary is what all pages have in common, which browsers fetch once. It is served
// to everybody, and so made of nothing but the templates (view.Views.Dictionary).
type dictionary struct {
	*gzip.Dictionary
	path string // within the wiki; with a digest of the content in it: a new release has another
	root string
}

// newDictionary makes that of a wiki below root.
func newDictionary(v *view.Views, root string) (*dictionary, error) {
	content, err := v.Dictionary()
	if err != nil {
		return nil, err
	}
	sum := sha256.Sum256(content)
	return &dictionary{
		&gzip.Dictionary{Content: content, Match: root + "/*", Dest: []string{"document"}},
		"/pages-" + hex.EncodeToString(sum[:8]) + ".dict",
		root,
	}, nil
}

// link is a layer for pages. It tells browsers where the dictionary is.
func (d *dictionary) link(next http.Handler) http.Handler {
	return linked{next, "<" + d.root + strings.TrimPrefix(d.Link(d.path), "<")}
}

type linked struct {
	next http.Handler
	link string
}

func (l linked) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	w.Header().Add("Link", l.link)
	l.next.ServeHTTP(w, r)
}
