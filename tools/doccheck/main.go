// Command doccheck fails when an exported symbol of a package has no doc comment, or a
// package has no package comment.
//
//	doccheck [-library] DIR...
//
// With -library, each package that others can import must also document the fields and
// methods of its exported types, and have an Example.
//
// Each folder is read with all that is below it, every build tag included; testdata
// and nested modules are passed over, unless they are named themselves.
package main

import (
	"flag"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
)

func main() {
	var c checker
	flag.BoolVar(&c.library, "library", false, "hold the packages to what a library's users need")
	flag.Parse()
	if flag.NArg() == 0 {
		fmt.Fprintln(os.Stderr, "usage: doccheck [-library] DIR...")
		os.Exit(2)
	}
	for _, root := range flag.Args() {
		if err := c.tree(root); err != nil {
			fmt.Fprintln(os.Stderr, "doccheck:", err)
			os.Exit(2)
		}
	}
	for _, fault := range c.faults {
		fmt.Println(fault)
	}
	fmt.Printf("doccheck: %d packages, %d exported symbols, %d faults\n", c.packages, c.symbols, len(c.faults))
	if len(c.faults) > 0 || c.packages == 0 {
		os.Exit(1)
	}
}

type checker struct {
	library           bool
	strict            bool // in the package at hand
	fset              token.FileSet
	packages, symbols int
	faults            []string
}

func (c *checker) fault(format string, args ...any) {
	c.faults = append(c.faults, fmt.Sprintf(format, args...))
}

// tree checks the packages of one module: root's folder and those below it.
func (c *checker) tree(root string) error {
	return filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
		if err != nil || !d.IsDir() {
			return err
		}
		if path != root {
			name := d.Name()
			if name == "testdata" || name[0] == '.' || name[0] == '_' {
				return filepath.SkipDir
			}
			if _, err := os.Stat(filepath.Join(path, "go.mod")); err == nil {
				return filepath.SkipDir
			}
		}
		return c.dir(path)
	})
}

func (c *checker) dir(dir string) error {
	names, err := filepath.Glob(filepath.Join(dir, "*.go"))
	if err != nil || len(names) == 0 {
		return err
	}
	var files, tests []*ast.File
	for _, name := range names {
		f, err := parser.ParseFile(&c.fset, name, nil, parser.ParseComments)
		if err != nil {
			return err
		}
		if strings.HasSuffix(name, "_test.go") {
			tests = append(tests, f)
		} else {
			files = append(files, f)
		}
	}
	if len(files) == 0 {
		return nil // a folder of tests only
	}
	c.packages++
	public := !strings.Contains("/"+filepath.ToSlash(dir)+"/", "/internal/") && files[0].Name.Name != "main"
	c.strict = c.library && public
	documented := false
	for _, f := range files {
		documented = documented || f.Doc.Text() != ""
		for _, decl := range f.Decls {
			c.decl(decl)
		}
	}
	if !documented {
		c.fault("%s: package %s has no package comment", dir, files[0].Name.Name)
	}
	if c.strict && !hasExample(tests) {
		c.fault("%s: package %s has no Example", dir, files[0].Name.Name)
	}
	return nil
}

func hasExample(tests []*ast.File) bool {
	for _, f := range tests {
		for _, decl := range f.Decls {
			if fn, ok := decl.(*ast.FuncDecl); ok && fn.Recv == nil && strings.HasPrefix(fn.Name.Name, "Example") {
				return true
			}
		}
	}
	return false
}

func (c *checker) decl(decl ast.Decl) {
	switch d := decl.(type) {
	case *ast.FuncDecl:
		if d.Name.IsExported() && (d.Recv == nil || exportedReceiver(d.Recv)) {
			c.symbol(d.Pos(), d.Name.Name, d.Doc)
		}
	case *ast.GenDecl:
		for _, spec := range d.Specs {
			switch s := spec.(type) {
			case *ast.TypeSpec:
				if s.Name.IsExported() {
					c.symbol(s.Pos(), s.Name.Name, s.Doc, s.Comment, d.Doc)
					if c.strict {
						c.members(s)
					}
				}
			case *ast.ValueSpec:
				for _, name := range s.Names {
					if name.IsExported() {
						c.symbol(s.Pos(), name.Name, s.Doc, s.Comment, d.Doc)
					}
				}
			}
		}
	}
}

// members checks the fields of a struct and the methods of an interface.
func (c *checker) members(s *ast.TypeSpec) {
	var list *ast.FieldList
	switch t := s.Type.(type) {
	case *ast.StructType:
		list = t.Fields
	case *ast.InterfaceType:
		list = t.Methods
	default:
		return
	}
	for _, field := range list.List {
		for _, name := range field.Names {
			if name.IsExported() {
				c.symbol(field.Pos(), s.Name.Name+"."+name.Name, field.Doc, field.Comment)
			}
		}
	}
}

func (c *checker) symbol(pos token.Pos, name string, docs ...*ast.CommentGroup) {
	c.symbols++
	for _, doc := range docs {
		if doc.Text() != "" {
			return
		}
	}
	c.fault("%s: %s has no doc comment", c.fset.Position(pos), name)
}

func exportedReceiver(recv *ast.FieldList) bool {
	t := recv.List[0].Type
	for {
		switch x := t.(type) {
		case *ast.StarExpr:
			t = x.X
		case *ast.IndexExpr:
			t = x.X
		case *ast.IndexListExpr:
			t = x.X
		case *ast.Ident:
			return x.IsExported()
		default:
			return false
		}
	}
}
