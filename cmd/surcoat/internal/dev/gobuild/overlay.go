package gobuild

import (
	"encoding/json"
	"errors"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"path/filepath"
)

// Moved is the environment variable by which a program that was built with an overlay
// learns that it shall listen elsewhere: a port, "=", and an address with a port.
const Moved = "SURCOAT_DEV_LISTEN"

// hook is the name of the function that is added to package net.
const hook = "surcoatDevListen"

// added is the file that is added to package net. The listener says that it is where the
// program asked for it to be: programs put that into their log, for people to open.
const added = `package net

import (
	"context"
	"syscall"
)

// ` + hook + ` listens elsewhere, where that is asked for. See surcoat dev --help.
func ` + hook + `(ctx context.Context, lc *ListenConfig, network, address string) (l Listener, moved bool, err error) {
	public, private := "", ""
	both, _ := syscall.Getenv("` + Moved + `")
	for i := range len(both) {
		if both[i] == '=' {
			public, private = both[:i], both[i+1:]
			break
		}
	}
	_, port, err := SplitHostPort(address)
	if err != nil || public == "" || port != public || network != "tcp" && network != "tcp4" {
		return nil, false, nil
	}
	l, err = lc.Listen(ctx, "tcp", private)
	if t, ok := l.(*TCPListener); ok {
		if said, err := ResolveTCPAddr(network, address); err == nil {
			if said.IP == nil {
				said.IP = IPv6unspecified
			}
			t.fd.laddr = said
		}
	}
	return l, true, err
}
`

// errOverlay says that the program's own net.Listen cannot be moved.
var errOverlay = errors.New("net.Listen cannot be moved")

// WriteOverlay writes into dir what makes net.Listen, and all that goes through it, look
// at [Moved] in programs that are built with it, and returns the file for [Toolchain.Build].
//
// A program that has its address from nobody knows where, or in a constant, can only so be
// made to leave that address to another process without a change of its own. Of package
// net one line becomes longer; those below stay where they are.
func (t *Toolchain) WriteOverlay(dir string) (string, error) {
	if _, taken := t.Flags.Value("overlay"); taken {
		return "", fmt.Errorf("%w: GOFLAGS has an -overlay already", errOverlay)
	}
	root, err := t.replaceable(dir)
	if err != nil {
		return "", fmt.Errorf("%w: %w", errOverlay, err)
	}
	original := filepath.Join(root, "src", "net", "dial.go")
	source, err := os.ReadFile(original)
	if err != nil {
		return "", fmt.Errorf("%w: %w", errOverlay, err)
	}
	changed, err := insert(source)
	if err != nil {
		return "", fmt.Errorf("%w: %s: %w", errOverlay, original, err)
	}
	files := map[string]string{
		original: filepath.Join(dir, "dial.go"),
		filepath.Join(filepath.Dir(original), "surcoat_dev_listen.go"): filepath.Join(dir, "listen.go"),
	}
	list, err := json.Marshal(map[string]any{"Replace": files})
	if err != nil {
		return "", err
	}
	t.alias = ""
	if root != t.GOROOT {
		t.alias = root
	}
	overlay := filepath.Join(dir, "overlay.json")
	for name, content := range map[string][]byte{"dial.go": changed, "listen.go": []byte(added), "overlay.json": list} {
		if err := os.WriteFile(filepath.Join(dir, name), content, 0o600); err != nil {
			return "", err
		}
	}
	return overlay, nil
}

// replaceable returns a name of GOROOT of which the go command lets files be replaced: not
// that of a Go which it downloaded, as that is among the modules.
func (t *Toolchain) replaceable(dir string) (string, error) {
	if rel, err := filepath.Rel(t.GOMODCACHE, t.GOROOT); t.GOMODCACHE == "" || err != nil || !filepath.IsLocal(rel) {
		return t.GOROOT, nil
	}
	alias := filepath.Join(dir, "goroot")
	return alias, os.Symlink(t.GOROOT, alias)
}

// insert puts the hook into the method Listen of net.ListenConfig, without a line more.
func insert(source []byte) ([]byte, error) {
	fset := token.NewFileSet()
	file, err := parser.ParseFile(fset, "dial.go", source, parser.SkipObjectResolution)
	if err != nil {
		return nil, err
	}
	for _, d := range file.Decls {
		f, ok := d.(*ast.FuncDecl)
		if !ok || f.Name.Name != "Listen" || f.Recv == nil {
			continue
		}
		receiver, params := names(f.Recv), names(f.Type.Params)
		if star, ok := f.Recv.List[0].Type.(*ast.StarExpr); !ok || fmt.Sprint(star.X) != "ListenConfig" || len(receiver) != 1 || len(params) != 3 {
			continue
		}
		call := fmt.Sprintf(" if l, moved, err := %s(%s, %s, %s, %s); moved { return l, err };", hook, params[0], receiver[0], params[1], params[2])
		at := fset.Position(f.Body.Lbrace).Offset + 1
		return []byte(string(source[:at]) + call + string(source[at:])), nil
	}
	return nil, errors.New("it has no method Listen(ctx, network, address) of ListenConfig")
}

// names are those of parameters.
func names(list *ast.FieldList) []string {
	var all []string
	for _, field := range list.List {
		for _, name := range field.Names {
			all = append(all, name.Name)
		}
	}
	return all
}
