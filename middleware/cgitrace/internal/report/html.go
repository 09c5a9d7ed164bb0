//go:build dev

package report

import (
	_ "embed"
	"html/template"
	"io"
	"strings"
)

//go:embed page.html
var pageText string

//go:embed style.css
var styleText string

var pages = template.Must(template.New("").Funcs(template.FuncMap{
	"base": base,
	// The link is made from the developer's own setting, whose scheme (vscode:, idea:)
	// html/template could not know.
	"editor": func(link string) template.URL { return template.URL(link) },
}).Parse(pageText))

// sheet is what the templates are executed with.
type sheet struct {
	*Report
	Nonce string
	Style template.CSS
}

// Causes reports whether there is more than one error to show.
func (s sheet) Causes() bool { return s.Chain != nil && len(s.Chain.Causes) > 0 }

// HTML writes r as a page whose one style element carries nonce.
func (r *Report) HTML(w io.Writer, nonce string) error {
	return pages.ExecuteTemplate(w, "page", sheet{r, nonce, template.CSS(styleText)})
}

// reset ends whatever a page that broke off may have left open, so that what follows
// is seen: a comment, an attribute, a script, an element that hides or confines its
// content. In an ordinary place it is a comment and some end tags that match nothing.
var reset = `<!--"'>--></script></style></textarea></title></select></noscript></template></iframe></noembed></noframes></xmp></svg></math></object></video></audio></canvas></button></details></dialog>` +
	strings.Repeat("</table>", 4) + strings.Repeat("</div>", 40) + "</p>"

// Append writes r for the end of an HTML page that broke off. Its style stays within
// it, and the page's outside.
func (r *Report) Append(w io.Writer, nonce string) error {
	if _, err := io.WriteString(w, reset); err != nil {
		return err
	}
	return pages.ExecuteTemplate(w, "appended", sheet{r, nonce, template.CSS(styleText)})
}

// Folder is the part of the import path that Name leaves out.
func (f Frame) Folder() string {
	return strings.TrimSuffix(f.Function, f.Name)
}
