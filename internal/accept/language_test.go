package accept_test

import (
	"net/http"
	"testing"

	"github.com/surcoat/surcoat/internal/accept"
)

func TestLanguage(t *testing.T) {
	for _, tt := range []struct {
		field  string
		offers []string
		want   string
	}{
		{"", []string{"en", "de"}, "en"},
		{"de", []string{"en", "de"}, "de"},
		{"DE", []string{"en", "de"}, "de"},
		{"de-CH,de;q=0.9,en;q=0.8", []string{"en", "de"}, "de"},
		{"de", []string{"en", "de-AT"}, "de-AT"},
		{"nb-NO, nb;q=0.9, en;q=0.8", []string{"de", "en"}, "en"},
		{"fr", []string{"en", "de"}, "en"},
		{"en;q=0.5, de;q=0.7", []string{"en", "de"}, "de"},
		{"de, en", []string{"en", "de"}, "de"}, // of equals the client's first
		{"de;q=0, *", []string{"de", "fr"}, "fr"},
		{"*", []string{"en", "de"}, "en"},
		{"de;q=0, en;q=0", []string{"en", "de"}, "en"},
		{"pt-BR, pt;q=0.5", []string{"pt", "pt-BR"}, "pt-BR"},
		{"en-GB;q=0.3, de;q=0.5, en-US", []string{"de", "en"}, "en"},
		{"deu", []string{"en", "de"}, "en"},
		{"d", []string{"en", "de"}, "en"},
	} {
		h := http.Header{"Accept-Language": {tt.field}}
		if got := accept.Language(h, tt.offers...); got != tt.want {
			t.Errorf("Language(%q, %q) = %q, want %q", tt.field, tt.offers, got, tt.want)
		}
	}
	if got := accept.Language(nil, "en", "de"); got != "en" {
		t.Errorf("without a field: %q", got)
	}
}

func TestSuffixed(t *testing.T) {
	for _, tt := range []struct{ field, want string }{
		{"", ""},
		{"application/json", ""},
		{"application/vnd.api+json", "application/vnd.api+json"},
		{"text/html, Application/LD+JSON;q=0.5, application/hal+json", "Application/LD+JSON"},
		{"application/hal+json;q=0", ""},
		{"image/svg+xml", ""},
	} {
		if got := accept.Suffixed(http.Header{"Accept": {tt.field}}, "+json"); got != tt.want {
			t.Errorf("Suffixed(%q) = %q, want %q", tt.field, got, tt.want)
		}
	}
}

// Whatever is sent, the answer is one of the offers.
func FuzzLanguage(f *testing.F) {
	for _, seed := range []string{"de-CH,de;q=0.9", "*;q=0.1", ",,;q", "a-", "-"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, field string) {
		if got := accept.Language(http.Header{"Accept-Language": {field}}, "en", "de"); got != "en" && got != "de" {
			t.Errorf("%q", got)
		}
	})
}
