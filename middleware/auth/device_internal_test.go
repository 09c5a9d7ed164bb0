package auth

import (
	"net/http/httptest"
	"strings"
	"testing"
)

// FuzzDeviceTokens: whatever a cookie holds, it makes no known device, is bounded, and what is
// read from it is what stands there.
func FuzzDeviceTokens(f *testing.F) {
	d, err := DeviceCookie{Keys: strings.Repeat("key", 20)}.settle()
	if err != nil {
		f.Fatal(err)
	}
	other, _ := DeviceCookie{Keys: strings.Repeat("other", 10)}.settle()
	w := httptest.NewRecorder()
	other.set(w, httptest.NewRequest("GET", "/", nil), "ada")
	signed := w.Result().Cookies()[0].Value
	f.Add(signed)
	f.Add(signed + "." + signed)
	f.Add(strings.Repeat("A", tokenChars))
	f.Add(strings.Repeat(".", 100))
	f.Add("")
	f.Add("\r\n" + strings.Repeat("A", tokenChars-2))
	f.Fuzz(func(t *testing.T, s string) {
		tokens := parseDeviceTokens(s)
		texts := make([]string, len(tokens))
		for i := range tokens {
			texts[i] = tokens[i].String()
		}
		if joined := strings.Join(texts, "."); len(tokens) > maxTokens || !strings.HasPrefix(s, joined) {
			t.Errorf("%q is read as %q", s, joined)
		}
		r := httptest.NewRequest("GET", "/", nil)
		r.Header.Set("Cookie", d.cookie.Name+"="+s)
		if device, renew := d.of(r, "ada"); !renew || device != [16]byte{} {
			t.Errorf("%q makes a known device", s)
		}
		w := httptest.NewRecorder()
		d.set(w, r, "ada")
		c := w.Result().Cookies()
		if len(c) != 1 || len(c[0].Value) > maxTokens*(tokenChars+1) {
			t.Errorf("%q is answered with %v", s, w.Header())
		}
	})
}
