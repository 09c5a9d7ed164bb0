package gobuild_test

import (
	"path/filepath"
	"strings"
	"testing"

	"github.com/surcoat/surcoat/cmd/surcoat/internal/dev/gobuild"
)

func TestLines(t *testing.T) {
	dir := t.TempDir()
	for _, tt := range []struct {
		text, file, place, message string
		row, col                   int
	}{
		{"# example.com/site", "", "", "# example.com/site", 0, 0},
		{"./main.go:5:2: undefined: x", "main.go", "./main.go:5:2", "undefined: x", 5, 2},
		{"words/a b.go:12: too long", "words/a b.go", "words/a b.go:12", "too long", 12, 0},
		{"../up/x.go:1:1: expected 'package'", "../up/x.go", "../up/x.go:1:1", "expected 'package'", 1, 1},
		{"main.go:4:2: package a/b is not in std (/usr/lib/go/src/a/b)", "main.go", "main.go:4:2", "package a/b is not in std (/usr/lib/go/src/a/b)", 4, 2},
		{"go: go.mod:3: unknown directive: wrong", "", "", "go: go.mod:3: unknown directive: wrong", 0, 0},
		{"go.mod:3: unknown directive: wrong", "go.mod", "go.mod:3", "unknown directive: wrong", 3, 0},
		{"\thave (int)", "", "", "\thave (int)", 0, 0},
		{"\tmain.go:3:4: other declaration of x", "main.go", "\tmain.go:3:4", "other declaration of x", 3, 4},
		{"\t../x/main.go:51 +0x25", "../x/main.go", "\t../x/main.go:51", "+0x25", 51, 0},
		{"see https://go.dev/x.y:80: no", "", "", "see https://go.dev/x.y:80: no", 0, 0},
		{"main.go:99999999: x", "", "", "main.go:99999999: x", 0, 0},
	} {
		l := gobuild.Lines(tt.text+"\n", dir)[0]
		file := tt.file
		if file != "" {
			file = filepath.Join(dir, filepath.FromSlash(file))
		}
		if l.Text != tt.text || l.File != file || l.Place != tt.place || l.Row != tt.row || l.Col != tt.col || l.Message() != tt.message {
			t.Errorf("%q: %+v, message %q", tt.text, l, l.Message())
		}
	}
	if l := gobuild.Lines("/abs/x.go:1: y", dir)[0]; l.File != filepath.FromSlash("/abs/x.go") {
		t.Errorf("%+v", l)
	}
	if n := len(gobuild.Lines(strings.Repeat("x\n", 100000), dir)); n > 1001 {
		t.Errorf("%d lines", n)
	}
}

func FuzzLines(f *testing.F) {
	f.Add("# p\n./a.go:1:2: x\n\thave\n")
	f.Fuzz(func(t *testing.T, in string) {
		for _, l := range gobuild.Lines(in, "/dir") {
			if !strings.HasPrefix(l.Text, l.Place) || (l.Place != "") != (l.File != "") || !strings.HasSuffix(l.Text, l.Message()) {
				t.Errorf("%q: %+v", in, l)
			}
		}
	})
}
