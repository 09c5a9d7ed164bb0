//go:build dev

package view

import "testing"

// In the source tree, a build with the tag dev reads templates anew for each screen.
func TestTemplatesAreReloaded(t *testing.T) {
	v, err := New("x", "")
	if err != nil {
		t.Fatal(err)
	}
	if !v.live || !v.Assets.live {
		t.Error("templates are kept")
	}
	a, err := v.Template("article")
	if err != nil {
		t.Fatal(err)
	}
	if b, _ := v.Template("article"); a == b {
		t.Error("the template was not read again")
	}
}
