//go:build dev

package explain

import (
	"go/ast"
	"regexp"
	"slices"
	"strings"
)

// site is the place in the source at which a frame stands.
type site struct {
	*file
	folder *folder
	hot    int            // the line
	decl   ast.Decl       // the declaration at the top level
	fn     ast.Node       // *ast.FuncDecl or *ast.FuncLit, the function of the frame
	body   *ast.BlockStmt // of fn

	// What was found already.
	resolved map[*ast.Ident]binding
	declares map[string][]declared
}

// find returns the site in f of the function that the runtime calls name. It returns nil
// where the line is in no such function, as when the file was edited since, and where it is
// in several of which any could be meant.
func find(f *file, line int, name string) *site {
	for _, decl := range f.Tree.Decls {
		if !f.Touches(decl, line) {
			continue
		}
		var functions []function
		switch d := decl.(type) {
		case *ast.FuncDecl:
			if d.Body == nil || !called(name, d) {
				continue
			}
			functions = f.literals(d.Body, line, 1)
			if f.owns(d.Body, line) {
				functions = append(functions, function{d, d.Body, 0})
			}
		case *ast.GenDecl:
			functions = f.literals(d, line, 1)
		}
		if fn, ok := choose(functions, name); ok {
			return &site{file: f, folder: &folder{own: f}, hot: line, decl: decl, fn: fn.node, body: fn.body}
		}
	}
	return nil
}

// function is one that has something on the line.
type function struct {
	node  ast.Node
	body  *ast.BlockStmt
	depth int // function literals around it, itself included
}

// literals returns the function literals in n that have something on the line.
func (f *file) literals(n ast.Node, line, depth int) (found []function) {
	ast.Inspect(n, func(n ast.Node) bool {
		if n == nil || !f.Touches(n, line) {
			return false
		}
		lit, ok := n.(*ast.FuncLit)
		if !ok {
			return true
		}
		if f.owns(lit.Body, line) {
			found = append(found, function{lit, lit.Body, depth})
		}
		found = append(found, f.literals(lit.Body, line, depth+1)...)
		return false
	})
	return found
}

// owns reports whether something of the function with that body stands on the line that
// is not in a function literal.
func (f *file) owns(body *ast.BlockStmt, line int) bool {
	owns := f.Line(body.Rbrace) == line // deferred functions run there
	ast.Inspect(body, func(n ast.Node) bool {
		if owns || n == nil || !f.Touches(n, line) {
			return false
		}
		switch n := n.(type) {
		case *ast.FuncLit:
			return false
		case *ast.SelectStmt:
			owns = f.Line(n.Select) == line
		case *ast.Ident, *ast.BasicLit:
			owns = true
		}
		return true
	})
	return owns
}

// choose returns the function of that name, if it is clear which one that is.
func choose(functions []function, name string) (function, bool) {
	if depth, ok := literalDepth(name); ok {
		functions = slices.DeleteFunc(functions, func(fn function) bool { return fn.depth != depth })
	}
	if len(functions) != 1 {
		return function{}, false
	}
	return functions[0], true
}

var literalName = regexp.MustCompile(`^(func)?[0-9]+$`)

// literalDepth is how many function literals a name goes into: 2 for "main.(*T).M.func1.2".
// It is not known where the compiler has put one function's literals into another, as it
// does when it inlines.
func literalDepth(name string) (depth int, ok bool) {
	parts := strings.Split(plainName(name), ".")
	for i := len(parts) - 1; i >= 0; i-- {
		if !literalName.MatchString(parts[i]) {
			for _, p := range parts[:i] {
				if literalName.MatchString(p) {
					return 0, false
				}
			}
			return depth, true
		}
		if i > 0 && parts[i-1] == "init" && !strings.HasPrefix(parts[i], "func") {
			return depth, true // init.0 is a declared function
		}
		depth++
	}
	return 0, false
}

var rangeBody = regexp.MustCompile(`-range[0-9]+`)

// plainName is name without its package, type arguments, and the marks of the bodies
// of range-over-func loops, which are functions to the runtime only.
func plainName(name string) string {
	var b strings.Builder
	depth := 0
	for _, c := range name {
		switch {
		case c == '[':
			depth++
		case c == ']':
			depth--
		case depth == 0:
			b.WriteRune(c)
		}
	}
	name = b.String()
	name = name[strings.LastIndexByte(name, '/')+1:]
	_, name, _ = strings.Cut(name, ".")
	return rangeBody.ReplaceAllString(name, "")
}

// called reports whether name can be that of fn or of a function literal in it.
func called(name string, fn *ast.FuncDecl) bool {
	for _, part := range strings.Split(plainName(name), ".") {
		if part == fn.Name.Name {
			return true
		}
	}
	return false
}
