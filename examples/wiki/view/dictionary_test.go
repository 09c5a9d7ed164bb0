package view_test

import (
	"bytes"
	"testing"

	"github.com/surcoat/surcoat/examples/wiki/view"
)

// Each line of the templates is in it, and no two starts differ.
func TestDictionary(t *testing.T) {
	v, err := view.New("Commonplace", "")
	if err != nil {
		t.Fatal(err)
	}
	d, err := v.Dictionary()
	if err != nil {
		t.Fatal(err)
	}
	for name, part := range map[string]string{
		"frame": `<a class="skip" href="#main">Skip to the content</a>`, "name": "<span>Commonplace</span>", "style sheet": v.Assets.Href("wiki.css"),
		"member": `<button class="plain">Sign out</button>`, "stranger": `<a href="/login?next=%2Fwiki%2F">Sign in</a>`, "arms": `<svg class="arms" viewBox="0 0 64 80" role="img"><title>`,
		"article": `<p class="colophon">Revision 2,`, "old": "This is revision", "history": `class="revisions"`, "difference": `<table class="diff">`, "recent": `<ol class="changes">`,
		"pages": `<ul class="index">`, "editor": `<textarea id="text"`, "conflict": "Somebody was faster", "missing": "This page was removed", "login": `autocomplete="current-password"`,
		"devices": `<ul class="devices">`, "files": `enctype="multipart/form-data"`,
	} {
		if !bytes.Contains(d, []byte(part)) {
			t.Errorf("%s: %q is not in it", name, part)
		}
	}
	again, err := view.New("Commonplace", "")
	if err != nil {
		t.Fatal(err)
	}
	if e, err := again.Dictionary(); err != nil || !bytes.Equal(d, e) {
		t.Errorf("another start has another dictionary: %v", err)
	}
	if len(d) > 64<<10 {
		t.Errorf("it has %d bytes, which everybody downloads", len(d))
	}
	t.Logf("%d bytes", len(d))
}
