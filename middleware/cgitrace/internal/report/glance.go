//go:build dev

package report

import (
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/surcoat/surcoat/middleware/cgitrace/internal/redact"
	"github.com/surcoat/surcoat/middleware/cgitrace/internal/value"
)

// Limits of what is told of a value's parts in one line.
const (
	glanceWidth = 100 // bytes, more or less
	glanceLeaf  = 48  // of them for one part
	glanceDepth = 3
)

// glance is a value that has parts in one line: its own text, and the parts in braces.
// whole reports whether nothing was left out.
func glance(n value.Node) (text, parts string, whole bool) {
	g := glancer{whole: true}
	g.parts(n, 0)
	return opening(n), g.String(), g.whole
}

// opening is what stands before the brace.
func opening(n value.Node) string {
	switch text, is := strings.CutSuffix(n.Text, "{…}"); {
	case is, strings.HasSuffix(text, "]"):
		return text
	default:
		return text + " "
	}
}

// glancer puts a line together.
type glancer struct {
	strings.Builder
	whole bool
}

func (g *glancer) parts(n value.Node, depth int) {
	g.WriteString("{")
	for i, kid := range n.Kids {
		if i > 0 {
			g.WriteString(", ")
		}
		if g.Len() > glanceWidth {
			g.WriteString("…}")
			g.whole = false
			return
		}
		if !counted(n, kid) && kid.Name != "" {
			g.WriteString(kid.Name + ": ")
		}
		g.part(kid, depth)
	}
	if n.More > 0 {
		g.whole = false
		if len(n.Kids) > 0 {
			g.WriteString(", ")
		}
		g.WriteString("…")
	}
	g.WriteString("}")
}

func (g *glancer) part(n value.Node, depth int) {
	switch {
	case n.Text == "":
		g.WriteString("‹" + n.Note + "›")
	case n.Folded, len(n.Kids) == 0 && n.More == 0:
		short := shorten(n.Text, glanceLeaf)
		g.whole = g.whole && short == n.Text
		g.WriteString(short)
	case depth+1 == glanceDepth:
		g.whole = false
		g.WriteString(opening(n) + "{…}")
	default:
		g.WriteString(opening(n))
		g.parts(n, depth+1)
	}
}

// counted reports whether kid's name is no more than its place in a list.
func counted(n, kid value.Node) bool {
	_, err := strconv.Atoi(kid.Name)
	return err == nil && !strings.HasPrefix(n.Text, "map ")
}

// shorten cuts s after about width bytes, never a mask.
func shorten(s string, width int) string {
	if len(s) <= width {
		return s
	}
	if at := strings.LastIndex(s[:min(len(s), width+len(redact.Mask))], redact.Mask); at >= 0 && at < width {
		width = max(width, at+len(redact.Mask))
	}
	for width < len(s) && !utf8.RuneStart(s[width]) {
		width++
	}
	if width >= len(s) {
		return s
	}
	return s[:width] + "…"
}
