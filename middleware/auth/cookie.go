package auth

import (
	"fmt"
	"net/http"
	"strings"
	"time"

	"github.com/surcoat/surcoat/internal/fieldlist"
)

// maxCookieAge is what browsers cut Max-Age down to (RFC 6265bis §5.5).
const maxCookieAge = 400 * 24 * time.Hour

// hostCookie returns a cookie for the whole host, without a value. field is where its name
// was set; where that is "", it is usual, with __Host- in front unless insecure leaves Secure out.
func hostCookie(field, name, usual string, insecure bool) (http.Cookie, error) {
	switch {
	case name != "":
	case insecure:
		name = usual
	default:
		name = "__Host-" + usual
	}
	c := http.Cookie{Name: name, Path: "/", Secure: !insecure, HttpOnly: true, SameSite: http.SameSiteLaxMode}
	if err := c.Valid(); err != nil {
		return c, fmt.Errorf("auth: %s: %w", field, err)
	}
	if insecure && strings.HasPrefix(name, "__") {
		return c, fmt.Errorf("auth: %s: browsers refuse __Host- and __Secure- with InsecureCookie", field)
	}
	return c, nil
}

// putCookie makes c the only cookie of its name that h sets, and keeps the response out of caches.
func putCookie(h http.Header, c *http.Cookie) {
	lines := h["Set-Cookie"]
	kept := make([]string, 0, len(lines)+1)
	for _, line := range lines {
		if !strings.HasPrefix(line, c.Name+"=") {
			kept = append(kept, line)
		}
	}
	h["Set-Cookie"] = append(kept, c.String())
	if !fieldlist.Has(h["Cache-Control"], "no-store") {
		h.Set("Cache-Control", "no-store")
	}
}
