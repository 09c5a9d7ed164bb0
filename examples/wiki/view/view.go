// Package view turns what the controllers found out into HTML. Its templates hold no
// logic: each screen is a struct with everything decided, down to the addresses.
//
// The look lives in static/wiki.css. No page needs JavaScript.
package view

import (
	"bytes"
	"fmt"
	"html/template"
	"io"
	"io/fs"
	"path"
	"strings"
	"sync"
	"time"
)

// Screen is one kind of page: its template is the file of that name.
type Screen interface{ template() string }

// Views renders screens. It may be used from any goroutine.
type Views struct {
	site   string
	root   string
	Assets *Assets
	source fs.FS
	live   bool // templates are read anew at each use

	mu     sync.Mutex
	base   *template.Template // what is around each screen
	parsed map[string]*template.Template
}

// New makes the views of a wiki with the name site, whose templates are part of the program. root
// is what stands in front of the wiki's own paths in an address, "" for nothing. A template is read
// when it is first used.
//
// In a build with the tag dev, run where its source is, they are read from there at each use
// instead.
func New(site, root string) (*Views, error) {
	files, live := source()
	v := &Views{site: site, root: root, source: files, live: live, parsed: make(map[string]*template.Template)}
	var err error
	if v.Assets, err = newAssets(files, live, root); err != nil {
		return nil, err
	}
	if v.base, err = v.parseBase(); err != nil {
		return nil, err
	}
	return v, nil
}

// Load reads all templates, so that a fault in one shows before anybody waits for it.
func (v *Views) Load() error {
	names, err := fs.Glob(v.source, "templates/*.html")
	if err != nil {
		return err
	}
	for _, name := range names {
		if name = strings.TrimSuffix(path.Base(name), ".html"); name != "base" {
			if _, err := v.Template(name); err != nil {
				return err
			}
		}
	}
	return nil
}

func (v *Views) parseBase() (*template.Template, error) {
	base, err := template.New("base").Funcs(template.FuncMap{
		"site":      func() string { return v.site },
		"at":        func(path string) string { return v.root + path },
		"arms":      Arms,
		"namedArms": NamedArms,
		"asset":     v.Assets.Href,
		"day":       func(t time.Time) string { return t.UTC().Format("Monday, 2 January 2006") },
		"clock":     func(t time.Time) string { return t.UTC().Format("15:04") },
		"moment":    func(t time.Time) string { return t.UTC().Format("2 January 2006, 15:04 UTC") },
		"days":      days,
		"date":      func(t time.Time) string { return t.UTC().Format("2 January 2006") },
		"machine":   func(t time.Time) string { return t.UTC().Format(time.RFC3339) },
	}).ParseFS(v.source, "templates/base.html")
	if err != nil {
		return nil, fmt.Errorf("view: %w", err)
	}
	return base, nil
}

// Render writes a screen. What it writes is whole: on an error it wrote nothing.
func (v *Views) Render(w io.Writer, s Screen) error {
	t, err := v.Template(s.template())
	if err != nil {
		return err
	}
	var b bytes.Buffer
	if err := t.Execute(&b, s); err != nil {
		return fmt.Errorf("view: %w", err)
	}
	_, err = b.WriteTo(w)
	return err
}

// Template returns the template of a file, for layers that fill in one themselves.
func (v *Views) Template(name string) (*template.Template, error) {
	v.mu.Lock()
	defer v.mu.Unlock()
	if t := v.parsed[name]; t != nil {
		return t, nil
	}
	base := v.base
	if v.live {
		var err error
		if base, err = v.parseBase(); err != nil {
			return nil, err
		}
	}
	base, err := base.Clone()
	if err != nil {
		return nil, fmt.Errorf("view: %w", err)
	}
	t, err := base.ParseFS(v.source, "templates/"+name+".html")
	if err != nil {
		return nil, fmt.Errorf("view: %w", err)
	}
	t = t.Lookup("base")
	if !v.live {
		v.parsed[name] = t
	}
	return t, nil
}

// days says a time that is a number of days.
func days(d time.Duration) string {
	if n := int(d / (24 * time.Hour)); n != 1 {
		return fmt.Sprintf("%d days", n)
	}
	return "a day"
}
