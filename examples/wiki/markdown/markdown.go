// Package markdown turns what people type into HTML that is safe to show: GitHub's
// dialect of Markdown with tables, task lists and typographic quotes, and
// [[Links to pages]] of the wiki. A text that no person would type, with thousands of
// brackets and stars in one paragraph, is shown as it is.
//
// HTML is shown as it was typed. Whatever the Markdown library makes of its input is
// sanitised once more, so a fault in it cannot put a script on a page. Pictures are
// shown as links: a page loads nothing from other sites.
package markdown

import (
	"bytes"
	"fmt"
	"html/template"
	"regexp"
	"strings"

	"github.com/microcosm-cc/bluemonday"
	"github.com/yuin/goldmark"
	"github.com/yuin/goldmark/ast"
	"github.com/yuin/goldmark/extension"
	extast "github.com/yuin/goldmark/extension/ast"
	"github.com/yuin/goldmark/parser"
	"github.com/yuin/goldmark/renderer"
	"github.com/yuin/goldmark/util"

	"github.com/surcoat/surcoat/examples/wiki/page"
)

// Renderer renders pages. It may be used from any goroutine.
type Renderer struct {
	// Exists says which pages are there; links to others are marked as missing.
	// nil: all are.
	Exists func(page.Title) bool
	// Href is the address of a page. nil: its slug.
	Href func(page.Title) string
}

// HTML renders text. It does not fail on any text, and takes no longer than a few seconds
// for the largest page.
func (r *Renderer) HTML(text string) (template.HTML, error) {
	if tangled(text) {
		return template.HTML(`<pre tabindex="0">` + template.HTMLEscapeString(text) + "</pre>\n"), nil
	}
	var b bytes.Buffer
	ctx := parser.NewContext()
	ctx.Set(linksKey, &links{exists: r.Exists, href: r.Href, seen: map[page.Title]bool{}})
	if err := converter.Convert([]byte(text), &b, parser.WithContext(ctx)); err != nil {
		return "", fmt.Errorf("markdown: %w", err)
	}
	return template.HTML(scroller.Replace(policy.Sanitize(b.String()))), nil
}

// scroller lets the keyboard reach what may be wider than a phone. In sanitised HTML
// these tags can be nothing but elements.
var scroller = strings.NewReplacer(
	"<pre>", `<pre tabindex="0">`,
	"<table>", `<div class="scroll" tabindex="0"><table>`,
	"</table>", "</table></div>",
)

var converter = goldmark.New(
	goldmark.WithExtensions(
		extension.Linkify, extension.Strikethrough, extension.TaskList, extension.Typographer,
		// The policy for content allows no style attributes, so neither do we write any.
		extension.NewTable(extension.WithTableCellAlignMethod(extension.TableCellAlignAttribute)),
	),
	goldmark.WithParserOptions(
		// Before goldmark's own links, which have priority 200 and would take "[[".
		parser.WithInlineParsers(util.Prioritized(linkParser{}, 199)),
	),
	goldmark.WithRendererOptions(renderer.WithNodeRenderers(
		util.Prioritized(nodeRenderer{}, 100),
	)),
)

// policy names everything that a page may contain.
var policy = func() *bluemonday.Policy {
	p := bluemonday.NewPolicy()
	p.AllowElements(
		"h1", "h2", "h3", "h4", "h5", "h6", "p", "br", "hr", "blockquote", "pre", "code",
		"em", "strong", "del", "ul", "li", "thead", "tbody", "tr", "th", "td", "table",
	)
	p.AllowAttrs("start").Matching(bluemonday.Integer).OnElements("ol")
	p.AllowElements("ol")
	p.AllowAttrs("align").Matching(regexp.MustCompile(`^(left|center|right)$`)).OnElements("th", "td")
	p.AllowAttrs("class").Matching(regexp.MustCompile(`^language-[A-Za-z0-9_+#-]{1,32}$`)).OnElements("code")
	p.AllowAttrs("class").Matching(regexp.MustCompile(`^(missing|picture)$`)).OnElements("a")
	p.AllowAttrs("href", "title").OnElements("a")
	p.AllowAttrs("type").Matching(regexp.MustCompile(`^checkbox$`)).OnElements("input")
	p.AllowAttrs("checked", "disabled").OnElements("input")
	p.AllowAttrs("aria-label").Matching(regexp.MustCompile(`^(done|to do)$`)).OnElements("input")
	p.AllowURLSchemes("http", "https", "mailto")
	p.AllowRelativeURLs(true)
	p.RequireParseableURLs(true)
	p.RequireNoFollowOnFullyQualifiedLinks(true)
	return p
}()

// nodeRenderer writes the nodes that a wiki shows in another way than goldmark does.
type nodeRenderer struct{}

func (nodeRenderer) RegisterFuncs(reg renderer.NodeRendererFuncRegisterer) {
	reg.Register(linkKind, renderLink)
	reg.Register(ast.KindImage, renderImage)
	reg.Register(extast.KindTaskCheckBox, renderTask)
	reg.Register(ast.KindRawHTML, renderRaw)
	reg.Register(ast.KindHTMLBlock, renderRawBlock)
}

// renderRaw shows HTML as it was typed: what somebody wrote is never just gone.
func renderRaw(w util.BufWriter, source []byte, node ast.Node, entering bool) (ast.WalkStatus, error) {
	if entering {
		_, _ = w.Write(util.EscapeHTML(node.(*ast.RawHTML).Segments.Value(source)))
	}
	return ast.WalkSkipChildren, nil
}

func renderRawBlock(w util.BufWriter, source []byte, node ast.Node, entering bool) (ast.WalkStatus, error) {
	block := node.(*ast.HTMLBlock)
	if entering {
		_, _ = w.WriteString("<p>")
		_, _ = w.Write(util.EscapeHTML(block.Lines().Value(source)))
		return ast.WalkContinue, nil
	}
	if block.HasClosure() {
		_, _ = w.Write(util.EscapeHTML(block.ClosureLine.Value(source)))
	}
	_, _ = w.WriteString("</p>\n")
	return ast.WalkContinue, nil
}

// renderTask says in words what the box shows.
func renderTask(w util.BufWriter, _ []byte, node ast.Node, entering bool) (ast.WalkStatus, error) {
	if !entering {
		return ast.WalkContinue, nil
	}
	if node.(*extast.TaskCheckBox).IsChecked {
		_, _ = w.WriteString(`<input type="checkbox" checked disabled aria-label="done"> `)
	} else {
		_, _ = w.WriteString(`<input type="checkbox" disabled aria-label="to do"> `)
	}
	return ast.WalkContinue, nil
}

// renderImage makes a link of a picture; its children are the description.
func renderImage(w util.BufWriter, source []byte, node ast.Node, entering bool) (ast.WalkStatus, error) {
	if !entering {
		_, _ = w.WriteString("</a>")
		return ast.WalkContinue, nil
	}
	_, _ = w.WriteString(`<a class="picture" href="`)
	_, _ = w.Write(util.EscapeHTML(util.URLEscape(node.(*ast.Image).Destination, true)))
	_, _ = w.WriteString(`">`)
	if node.FirstChild() == nil {
		_, _ = w.WriteString("picture")
	}
	return ast.WalkContinue, nil
}
