//go:build dev

package explain

import (
	"go/ast"
	"go/constant"
	"go/printer"
	"go/token"
	"regexp"
	"strings"

	"github.com/surcoat/surcoat/middleware/cgitrace/internal/redact"
)

// Limits of the text of one expression, in bytes.
const (
	maxShown   = 160
	maxPrinted = 2 << 10 // in its file
)

var (
	lineEnd = regexp.MustCompile(`\s*\n\s*`)
	literal = regexp.MustCompile("\"(?:[^\"\\\\]|\\\\.)*\"|`[^`]*`")
)

// source is n as gofmt would have it on one line.
func source(n ast.Node) string {
	if long(n) {
		return "…"
	}
	var b strings.Builder
	// A set that does not know n's positions has no line breaks to keep.
	if err := printer.Fprint(&b, token.NewFileSet(), n); err != nil {
		return "…"
	}
	return lineEnd.ReplaceAllString(b.String(), " ")
}

func long(n ast.Node) bool { return n.End()-n.Pos() > maxPrinted }

// source is x as it may be shown: string literals beside a secret's name are masked, as are
// secrets that the redactor knows.
func (e *evaluator) source(x ast.Node) string {
	text := source(x)
	if e.secret(x) {
		text = literal.ReplaceAllString(text, `"`+redact.Mask+`"`)
	}
	return shorten(e.scope.Mask(text))
}

func shorten(text string) string {
	if len(text) > maxShown {
		return strings.ToValidUTF8(text[:maxShown], "") + "…"
	}
	return text
}

// secret reports whether a name in x is one of a secret, or x too long to look.
func (e *evaluator) secret(x ast.Node) (is bool) {
	if long(x) {
		return true
	}
	ast.Inspect(x, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.Ident:
			is = is || e.secretName(n.Name)
		case *ast.BasicLit:
			is = is || n.Kind == token.STRING && e.secretName(strings.Trim(n.Value, "\"`"))
		}
		return !is
	})
	return is
}

func (e *evaluator) secretName(name string) bool {
	is, ok := e.secrets[name]
	if !ok {
		is = e.scope.Secret(name)
		e.secrets[name] = is
	}
	return is
}

// value says what x comes to: "i is 3", and "next() was 3" where only the failure has
// told that.
func (e *evaluator) value(x ast.Expr, c constant.Value) string {
	x = ast.Unparen(x)
	verb := " is "
	if _, ok := e.eval(x).constant(); !ok {
		verb = " was "
	}
	return e.source(x) + verb + e.digits(x, c)
}

// digits is c, the value of x or its length, as it may be shown.
func (e *evaluator) digits(x ast.Expr, c constant.Value) string {
	if e.secret(x) || e.masked(x) {
		return redact.Mask
	}
	return e.scope.Mask(c.ExactString())
}

// masked reports whether a number in x is masked where it is shown by itself.
func (e *evaluator) masked(x ast.Expr) (is bool) {
	ast.Inspect(x, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.FuncLit, *ast.CompositeLit:
			return false
		case *ast.Ident, *ast.SelectorExpr:
			x := n.(ast.Expr)
			if o := e.eval(x); o.v != nil && integer(o.kind()) {
				is = is || o.v.Node(lastName(x)).Masked
			}
		}
		return !is
	})
	return is
}
