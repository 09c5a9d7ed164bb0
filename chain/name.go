package chain

import (
	"fmt"
	"net/url"
	"path/filepath"
	"reflect"
	"runtime"
	"strings"
)

// name returns what String calls m, from the symbol of its code. That table is in
// every binary: neither -ldflags='-s -w' nor -trimpath takes it out.
func name(m Middleware) string {
	pc := reflect.ValueOf(m).Pointer()
	f := runtime.FuncForPC(pc)
	if f == nil {
		return "unknown"
	}
	pkg, symbol := splitSymbol(f.Name())
	if method, ok := strings.CutSuffix(symbol, "-fm"); ok { // a method value: T.M or (*T).M
		typ, m, _ := strings.Cut(strings.TrimPrefix(method, "(*"), ".")
		typ = pkg + "." + strings.TrimSuffix(typ, ")")
		if m == "Wrap" {
			return typ
		}
		return typ + "." + m
	}
	if strings.Contains(symbol, ".") { // a literal, as in main.func1: where it is says more
		file, line := f.FileLine(pc)
		return fmt.Sprintf("%s:%d", filepath.Base(file), line)
	}
	return pkg + "." + symbol
}

// splitSymbol parts a linker symbol such as "github.com/go-chi/chi/v5.(*Mux).With-fm"
// into the package's likely name, "chi", and what follows its dot.
func splitSymbol(s string) (pkg, symbol string) {
	s = strings.ReplaceAll(s, "[...]", "") // type arguments
	dir, last := "", s
	if i := strings.LastIndexByte(s, '/'); i >= 0 {
		dir, last = s[:i], s[i+1:]
	}
	pkg, symbol, _ = strings.Cut(last, ".")
	if isMajor(pkg) && dir != "" {
		pkg = dir[strings.LastIndexByte(dir, '/')+1:]
	}
	if plain, err := url.PathUnescape(pkg); err == nil { // the linker writes "yaml.v3" as "yaml%2ev3"
		pkg = plain
	}
	return pkg, symbol
}

// isMajor reports whether s is the last element of a module path from version 2 on.
func isMajor(s string) bool {
	return len(s) > 1 && s[0] == 'v' && strings.Trim(s[1:], "0123456789") == ""
}
