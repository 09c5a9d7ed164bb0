package accept_test

import (
	"net/http"
	"strings"
	"testing"

	"github.com/surcoat/surcoat/internal/accept"
)

func TestCoding(t *testing.T) {
	const unset = accept.Unset
	for _, tt := range []struct {
		field  string
		coding string
		want   accept.Quality
	}{
		{"gzip", "gzip", 1000},
		{"gzip", "zstd", unset},
		{"", "gzip", unset},
		{"gzip;q=0", "gzip", 0},
		{"gzip ; Q=0.000", "gzip", 0},
		{"gzip;q=0, *", "gzip", 0},
		{"gzip;q=0, *", "zstd", 1000},
		{"*", "gzip", 1000},
		{"*;q=0", "gzip", 0},
		{"*;q=0.3,gzip;q=0.7", "gzip", 700},
		{"x-gzip", "gzip", 1000},
		{"X-GZip;q=0.5", "gzip", 500},
		{"GZIP", "gzip", 1000},
		{"notgzip", "gzip", unset},
		{"gzipped", "gzip", unset},
		{"identity;q=1, gzip;q=0.5", "identity", 1000},
		{"identity;q=1, gzip;q=0.5", "gzip", 500},
		{" gzip\t;\tq=0.123 ,, br ,", "gzip", 123},
		{"gzip;level=9;q=0.25", "gzip", 250},
		{"gzip;q=1.000", "gzip", 1000},
		{"gzip;q=1.", "gzip", 1000},
		{"gzip;q=0.", "gzip", 0},
		{"gzip;q=0.9, gzip;q=0.1", "gzip", 900}, // the first holds
		// Malformed weights count as a refusal.
		{"gzip;q=", "gzip", 0},
		{"gzip;q=1.001", "gzip", 0},
		{"gzip;q=2", "gzip", 0},
		{"gzip;q=.5", "gzip", 0},
		{"gzip;q=0.1234", "gzip", 0},
		{"gzip;q=-1", "gzip", 0},
		{"gzip;q=high", "gzip", 0},
		{"gzip;q", "gzip", 0},
	} {
		if got := accept.Coding([]string{tt.field}, tt.coding); got != tt.want {
			t.Errorf("Coding(%q, %s) = %d, want %d", tt.field, tt.coding, got, tt.want)
		}
	}
	if got := accept.Coding([]string{"br", "gzip;q=0.4"}, "gzip"); got != 400 {
		t.Errorf("over two lines: %d, want 400", got)
	}
	if got := accept.Coding(nil, "gzip"); got != unset {
		t.Errorf("without a field: %d, want Unset", got)
	}
	// A list without end stops counting; what comes after is not said.
	if got := accept.Coding([]string{strings.Repeat("br,", 10_000) + "gzip"}, "gzip"); got != unset {
		t.Errorf("after 10,000 members: %d, want Unset", got)
	}
}

func TestNamed(t *testing.T) {
	for _, tt := range []struct {
		field string
		want  accept.Quality
	}{
		{"dcz", 1000},
		{"gzip, DCZ;q=0.5", 500},
		{"dcz;q=0, dcz", 0},
		{"*", accept.Unset},
		{"*;q=0, dcz", 1000},
		{"gzip, zstd", accept.Unset},
		{"", accept.Unset},
	} {
		if got := accept.Named([]string{tt.field}, "dcz"); got != tt.want {
			t.Errorf("Named(%q) = %d, want %d", tt.field, got, tt.want)
		}
	}
}

func TestMedia(t *testing.T) {
	const html, problem, plain = "text/html", "application/problem+json", "text/plain"
	for _, tt := range []struct{ field, want string }{
		{"text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8", html},
		{"application/problem+json", problem},
		{"*/*", html}, // equal: the first offer
		{"text/*", html},
		{"text/*, text/html;q=0.1", plain}, // the more specific range weighs for html
		{"TEXT/Plain", plain},
		{"application/*;q=0.5, text/plain;q=0.4", problem},
		{"image/png", ""},
		{"*/*;q=0", ""},
		{"text/html;q=0, */*", problem},
		{"text/html;level=1;q=0.2, text/plain;q=0.3", plain},
	} {
		h := http.Header{"Accept": {tt.field}}
		if got := accept.Media(h, html, problem, plain); got != tt.want {
			t.Errorf("Media(%q) = %q, want %q", tt.field, got, tt.want)
		}
	}
	if got := accept.Media(http.Header{}, html, problem); got != html {
		t.Errorf("without a field: %q, want the first offer", got)
	}
}

func TestNames(t *testing.T) {
	for _, tt := range []struct {
		field string
		want  bool
	}{
		{"text/html", true},
		{"application/json, Text/HTML;q=0.1", true},
		{"text/html;q=0", false},
		{"text/*", false},
		{"*/*", false},
		{"", false},
	} {
		if got := accept.Names(http.Header{"Accept": {tt.field}}, "text/html"); got != tt.want {
			t.Errorf("Names(%q) = %v, want %v", tt.field, got, tt.want)
		}
	}
}

func TestNothingAllocates(t *testing.T) {
	h := http.Header{"Accept": {"text/html,application/xml;q=0.9,*/*;q=0.8"}}
	lines := []string{"gzip, deflate, br;q=0.9, zstd"}
	if n := testing.AllocsPerRun(100, func() {
		accept.Coding(lines, "zstd")
		accept.Media(h, "text/html", "application/json")
		accept.Names(h, "text/html")
	}); n != 0 {
		t.Errorf("%v allocations, want none", n)
	}
}

func FuzzCoding(f *testing.F) {
	for _, s := range []string{"gzip", "gzip;q=0.5, *;q=0", ";;;,,,", "gzip;q=\x00", "\t*\t;q= 1"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		for _, coding := range []string{"gzip", "zstd", "identity"} {
			if q := accept.Coding([]string{s}, coding); q < accept.Unset || q > 1000 {
				t.Errorf("Coding(%q, %s) = %d", s, coding, q)
			}
			// One field over two lines is the same list.
			if a, b, ok := strings.Cut(s, ","); ok && accept.Coding([]string{s}, coding) != accept.Coding([]string{a, b}, coding) {
				t.Errorf("Coding(%q) differs when it comes in two lines", s)
			}
		}
	})
}

func FuzzMedia(f *testing.F) {
	for _, s := range []string{"text/html", "*/*;q=0.1", "text/*;q=0,text/html", "/", "a//b", "*"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		h := http.Header{"Accept": {s}}
		switch got := accept.Media(h, "text/html", "application/json"); got {
		case "", "text/html", "application/json":
		default:
			t.Errorf("Media(%q) = %q, which was not offered", s, got)
		}
	})
}
