package keytext_test

import (
	"slices"
	"testing"

	"github.com/surcoat/surcoat/internal/keytext"
)

func TestWords(t *testing.T) {
	for _, tt := range []struct {
		text string
		want []string
	}{
		{"", nil},
		{" \r\n,\n", nil},
		{"# a comment", nil},
		{"one", []string{"one"}},
		{"one two,three", []string{"one", "two", "three"}},
		{"one\r\n\ttwo ,\n", []string{"one", "two"}},
		{"one # of May\n# two\nthree#four", []string{"one", "three"}},
		{"one\x00two", []string{"one", "two"}},
		{"ö\u00a0", []string{"ö\u00a0"}},
	} {
		if got := keytext.Words(tt.text); !slices.Equal(got, tt.want) {
			t.Errorf("%q: %q, want %q", tt.text, got, tt.want)
		}
	}
}
