package markdown

import (
	"bytes"
	"net/url"
	"unicode/utf8"

	"github.com/yuin/goldmark/ast"
	"github.com/yuin/goldmark/parser"
	"github.com/yuin/goldmark/text"
	"github.com/yuin/goldmark/util"

	"github.com/surcoat/surcoat/examples/wiki/page"
)

// links is what the link parser needs to know about the wiki, for one rendering.
type links struct {
	exists func(page.Title) bool
	href   func(page.Title) string
	seen   map[page.Title]bool // a page may be linked often; the disk is asked once
}

var linksKey = parser.NewContextKey()

func (l *links) there(t page.Title) bool {
	if l.exists == nil {
		return true
	}
	there, known := l.seen[t]
	if !known {
		there = l.exists(t)
		l.seen[t] = there
	}
	return there
}

func (l *links) address(t page.Title) string {
	if l.href == nil {
		return url.PathEscape(t.Slug())
	}
	return l.href(t)
}

// pageLink is [[Title]] or [[Title|what it says]].
type pageLink struct {
	ast.BaseInline
	href    string
	label   []byte
	missing bool
}

var linkKind = ast.NewNodeKind("PageLink")

func (*pageLink) Kind() ast.NodeKind              { return linkKind }
func (n *pageLink) Dump(source []byte, level int) { ast.DumpHelper(n, source, level, nil, nil) }

// linkParser reads page links. What is not one, such as [[a/b]], stays as it was typed.
type linkParser struct{}

// longestLink bounds what may stand between the brackets, in bytes: a title, which NFC can
// make three times shorter, and a label.
const longestLink = 4 * page.LongestTitle * utf8.UTFMax

func (linkParser) Trigger() []byte { return []byte{'['} }

func (linkParser) Parse(_ ast.Node, block text.Reader, ctx parser.Context) ast.Node {
	line, _ := block.PeekLine()
	inner, ok := bytes.CutPrefix(line, []byte("[["))
	if !ok {
		return nil
	}
	// No further than a link can be long: what begins ten thousand links and ends none is
	// otherwise searched, and measured as a title, ten thousand times over.
	end := bytes.Index(inner[:min(len(inner), longestLink)], []byte("]]"))
	if end < 0 {
		return nil
	}
	target, label, named := bytes.Cut(inner[:end], []byte("|"))
	if named {
		target = bytes.TrimSuffix(target, []byte(`\`)) // in a table the bar has to be escaped
	}
	title, err := page.ParseTitle(string(target))
	if err != nil {
		return nil
	}
	if label = bytes.TrimSpace(label); !named || len(label) == 0 {
		label = bytes.TrimSpace(target)
	}
	block.Advance(len("[[") + end + len("]]"))
	l := ctx.Get(linksKey).(*links)
	return &pageLink{href: l.address(title), label: label, missing: !l.there(title)}
}

func renderLink(w util.BufWriter, _ []byte, node ast.Node, entering bool) (ast.WalkStatus, error) {
	if !entering {
		return ast.WalkContinue, nil
	}
	n := node.(*pageLink)
	_, _ = w.WriteString(`<a href="`)
	_, _ = w.Write(util.EscapeHTML([]byte(n.href)))
	if n.missing {
		_, _ = w.WriteString(`" class="missing" title="Nobody has written this page yet`)
	}
	_, _ = w.WriteString(`">`)
	_, _ = w.Write(util.EscapeHTML(n.label))
	_, _ = w.WriteString(`</a>`)
	return ast.WalkContinue, nil
}
