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
	"clean": printable,
	"shown": func(s string) template.HTML {
		var m markup
		m.shown(s)
		return m.html()
	},
	"prose": prose,
	"place": func(link, file string, line int) template.HTML {
		// Where the link is to goes by the developer's own setting, whose scheme (vscode:,
		// idea:) html/template could not know.
		var m markup
		m.place(link, file, line)
		return m.html()
	},
	"pairs": pairs,
}).Parse(pageText))

// sheet is what the templates are executed with.
type sheet struct {
	*Report
	Nonce string
	Style template.CSS
	Whole bool // it is the whole page
}

func (r *Report) sheet(nonce string, whole bool) sheet {
	return sheet{r.bounded(), nonce, template.CSS(styleText), whole}
}

// Causes reports whether there is more than one error to show.
func (s sheet) Causes() bool { return s.Chain != nil && len(s.Chain.Causes) > 0 }

// Exact reports whether there are values, and each is as it was.
func (s sheet) Exact() bool { return s.Values == Exact }

// HTML writes r as a page whose one style element carries nonce.
func (r *Report) HTML(w io.Writer, nonce string) error {
	return pages.ExecuteTemplate(w, "page", r.sheet(nonce, true))
}

// reset ends whatever a page that broke off may have left open, so that what follows
// is seen: a comment, an attribute, a script, an element that hides or confines its
// content. In an ordinary place it is a comment and some end tags that match nothing.
var reset = `<!--"'>--></script></style></textarea></title></select></noscript></template></iframe></noembed></noframes></xmp></svg></math></object></video></audio></canvas></button></details></dialog>` +
	strings.Repeat("</table>", 4) + strings.Repeat("</ul></ol></dl>", 8) + strings.Repeat("</div>", 40) +
	strings.Repeat("</section></article>", 4) + "</form></aside></nav></header></footer></main></p>"

// Append writes r for the end of an HTML page that broke off. Its style stays within
// it, and the page's outside.
func (r *Report) Append(w io.Writer, nonce string) error {
	if _, err := io.WriteString(w, reset); err != nil {
		return err
	}
	return pages.ExecuteTemplate(w, "appended", r.sheet(nonce, false))
}

// Folder is the part of the import path that Name leaves out.
func (f Frame) Folder() string {
	return strings.TrimSuffix(f.Function, f.Name)
}

// prose is s with what stands between backquotes as code.
func prose(s string) template.HTML {
	var m markup
	for i, part := range strings.Split(s, "`") {
		if i%2 == 0 {
			m.shown(part)
			continue
		}
		m.tag(`<code class="pick">`)
		m.shown(part)
		m.tag("</code>")
	}
	return m.html()
}

// Because is the reason, with the expression at its beginning as code.
func (s sheet) Because() template.HTML {
	_, failing := s.blamed()
	var m markup
	m.element("<code>", failing, "</code>")
	m.shown(s.Reason[len(failing):])
	return m.html()
}

// Issue is the report for an issue.
func (s sheet) Issue() template.HTML {
	var m markup
	m.shown(s.markdown())
	return m.html()
}

// Given is the value that the panic was given.
func (s sheet) Given() template.HTML {
	var m markup
	m.node(s.Value.Name, *s.Value, false, true)
	return m.html()
}

// pairs is a table of them.
func pairs(all []Pair) template.HTML {
	var m markup
	m.tag("<table><tbody>\n")
	for _, p := range all {
		m.tag(`<tr><th scope="row">`)
		m.text(p.Name)
		m.tag("</th><td>")
		m.shown(p.Value)
		m.tag("</td></tr>\n")
	}
	m.tag("</tbody></table>\n")
	return m.html()
}
