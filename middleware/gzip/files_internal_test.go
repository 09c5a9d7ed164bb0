package gzip

import (
	"fmt"
	"testing"
	"testing/fstest"
)

// However many files there are, the hashes of so many are remembered.
func TestSums_bounded(t *testing.T) {
	files := make(fstest.MapFS)
	s := &fileRules{fs: files}
	for i := range maxKnownSums + 100 {
		name := fmt.Sprintf("%d.txt", i)
		files[name] = &fstest.MapFile{Data: []byte(name)}
		f, err := s.open(name)
		if err != nil {
			t.Fatal(err)
		}
		c, err := f.content()
		if err != nil {
			t.Fatal(err)
		}
		if tag, _ := s.validators(f, c); tag == "" {
			t.Fatalf("%s has no tag", name)
		}
	}
	if n := len(s.sums.known); n != maxKnownSums {
		t.Errorf("%d hashes are remembered", n)
	}
}

// The names of this kind are refused on Windows only, which few run the tests on.
func TestWindowsAlias(t *testing.T) {
	for name, want := range map[string]bool{
		"index.html": false, "a/b.c": false, "~user/x": false, "a~b": false, "a~": false, "docs~/1": false,
		"GIT~1/config": true, "a/GIT~1": true, "a~b~2.txt": true, ".git.": true, ".env ": true, "a./b": true, "a /b": true,
	} {
		if got := windowsAlias(name); got != want {
			t.Errorf("windowsAlias(%q) = %t", name, got)
		}
	}
}
