package auth

import (
	"strings"
	"testing"
)

// The policy names the style by its hash, so the page must have it byte for byte.
func TestStyleIsTheOneOfThePolicy(t *testing.T) {
	for kind := range builtin {
		var b strings.Builder
		if err := renderBuiltin(&b, nil, Form{Kind: kind}); err != nil {
			t.Fatal(err)
		}
		if !strings.Contains(b.String(), "<style>"+style+"</style>") {
			t.Errorf("%s: another style", kind)
		}
	}
	if err := renderBuiltin(&strings.Builder{}, nil, Form{Kind: "other"}); err == nil {
		t.Error("a kind that there is not is rendered")
	}
}
