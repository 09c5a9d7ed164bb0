package scriptpath_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/surcoat/surcoat/gateway/internal/scriptpath"
)

func TestFind(t *testing.T) {
	root := t.TempDir()
	for _, name := range []string{"a.php", "photo.jpg", "sub/b.php", "sub/index.php", "other/c.txt", "folder.php/d.php", ".git/config", ".well-known/e"} {
		file := filepath.Join(root, name)
		if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(file, nil, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	for _, tt := range []struct {
		path         string
		file         string // "": not found; "/": a folder without a slash
		script, info string
	}{
		{"/a.php", "a.php", "/a.php", ""},
		{"/a.php/", "a.php", "/a.php", "/"},
		{"/a.php/x/y", "a.php", "/a.php", "/x/y"},
		{"/a.php//x", "a.php", "/a.php", "//x"},
		{"//a.php/x", "a.php", "//a.php", "/x"},
		{"/sub/b.php/c.php", "sub/b.php", "/sub/b.php", "/c.php"},
		{"/sub//b.php", "sub/b.php", "/sub//b.php", ""},
		{"/sub/", "sub/index.php", "/sub/index.php", ""},
		{"/sub", "/", "", ""},
		{"/photo.jpg/x.php", "photo.jpg", "/photo.jpg", "/x.php"}, // the caller sees what it is
		{"/folder.php/d.php", "folder.php/d.php", "/folder.php/d.php", ""},
		{"/.well-known/e", ".well-known/e", "/.well-known/e", ""},
		{"/", "", "", ""},
		{"/other/", "", "", ""},
		{"/no.php", "", "", ""},
		{"/no.php/a.php", "", "", ""},
		{"/sub/../a.php", "", "", ""},
		{"/../a.php", "", "", ""},
		{"/./a.php", "", "", ""},
		{"/.git/config", "", "", ""},
		{"/a.php\x00.jpg", "", "", ""},
		{`/sub\b.php`, "", "", ""},
		{"a.php", "", "", ""},
		{"", "/", "", ""},
	} {
		f, ok := scriptpath.Find(root, tt.path, "index.html", "index.php")
		want := scriptpath.Found{Script: tt.script, Info: tt.info, Slash: tt.file == "/"}
		if tt.script != "" {
			want.File, want.Mode = filepath.Join(root, tt.file), 0o644
		}
		if ok != (tt.file != "") || ok && f != want {
			t.Errorf("%q: %+v %v", tt.path, f, ok)
		}
	}
}

func FuzzFind(f *testing.F) {
	f.Add("/a/../b.php/c")
	root := f.TempDir()
	if err := os.WriteFile(filepath.Join(root, "a.php"), nil, 0o644); err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, path string) {
		found, ok := scriptpath.Find(root, path, "index.php")
		if !ok || found.Slash {
			return
		}
		if !strings.HasPrefix(found.File, root+string(filepath.Separator)) || found.Script+found.Info != path {
			t.Errorf("%q: %+v", path, found)
		}
	})
}
