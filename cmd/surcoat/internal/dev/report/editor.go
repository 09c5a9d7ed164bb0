package report

import (
	"fmt"
	"html/template"
	"net/url"
	"strconv"
	"strings"
)

// DefaultEditor opens files in Visual Studio Code.
const DefaultEditor = "vscode://file{file}:{line}"

// CheckEditor says what is wrong with a URL that is to open files.
func CheckEditor(pattern string) error {
	u, err := url.Parse(strings.NewReplacer("{file}", "/f", "{line}", "1").Replace(pattern))
	switch {
	case err != nil:
		return fmt.Errorf("%q is no URL", pattern)
	case u.Scheme == "" || strings.EqualFold(u.Scheme, "javascript") || strings.EqualFold(u.Scheme, "data"):
		return fmt.Errorf("%q is no URL that opens an editor, such as %s", pattern, DefaultEditor)
	case !strings.Contains(pattern, "{file}"):
		return fmt.Errorf("%q has no {file} in it", pattern)
	}
	return nil
}

// open returns the URL that opens a file, whose scheme html/template could not know to be
// the developer's own wish.
func open(pattern, file string, row int) template.URL {
	file = strings.ReplaceAll(file, `\`, "/")
	if !strings.HasPrefix(file, "/") { // C:/…
		file = "/" + file
	}
	escaped := (&url.URL{Path: file}).EscapedPath()
	return template.URL(strings.NewReplacer("{file}", escaped, "{line}", strconv.Itoa(row)).Replace(pattern))
}
