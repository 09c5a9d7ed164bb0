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
	"time"
)

// Screen is one kind of page: its template is the file of that name.
type Screen interface{ template() string }

// Views renders screens. It may be used from any goroutine.
type Views struct {
	site    string
	root    string
	Assets  *Assets
	screens map[string]*template.Template // nil in a build that reads templates anew
	source  fs.FS
}

// New reads the templates of a wiki with the name site, which are part of the program. root is
// what stands in front of the wiki's own paths in an address, "" for nothing.
// In a build with the tag dev, run where its source is, they are read from there at
// each use instead.
func New(site, root string) (*Views, error) {
	files, live := source()
	v := &Views{site: site, root: root, source: files}
	var err error
	if v.Assets, err = newAssets(files, live, root); err != nil {
		return nil, err
	}
	screens, err := v.parse()
	if err != nil {
		return nil, err
	}
	if !live {
		v.screens = screens
	}
	return v, nil
}

func (v *Views) parse() (map[string]*template.Template, error) {
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
	names, err := fs.Glob(v.source, "templates/*.html")
	if err != nil {
		return nil, err
	}
	screens := make(map[string]*template.Template, len(names))
	for _, name := range names {
		if name == "templates/base.html" {
			continue
		}
		t, err := template.Must(base.Clone()).ParseFS(v.source, name)
		if err != nil {
			return nil, fmt.Errorf("view: %w", err)
		}
		file := path.Base(name)
		screens[file[:len(file)-len(".html")]] = t
	}
	return screens, nil
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
	screens := v.screens
	if screens == nil {
		var err error
		if screens, err = v.parse(); err != nil {
			return nil, err
		}
	}
	t := screens[name]
	if t == nil {
		return nil, fmt.Errorf("view: there is no template %q", name)
	}
	return t.Lookup("base"), nil
}

// days says a time that is a number of days.
func days(d time.Duration) string {
	if n := int(d / (24 * time.Hour)); n != 1 {
		return fmt.Sprintf("%d days", n)
	}
	return "a day"
}
