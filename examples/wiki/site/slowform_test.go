package site_test

import (
	"io"
	"net/http"
	"net/url"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/gorilla/sessions"

	"github.com/surcoat/surcoat/middleware/session"
)

// late is a form of which nothing is sent before the server has begun to read it, and
// something else has happened.
type late struct {
	io.Reader
	once      sync.Once
	meanwhile func()
}

func (l *late) Read(p []byte) (int, error) {
	l.once.Do(l.meanwhile)
	return l.Reader.Read(p)
}

// Whoever is signed out everywhere while a form of theirs is on its way signs nobody out
// with it, and is not signed in by it.
func TestSignedOutWhileSending(t *testing.T) {
	keys, err := session.OpenKeyring(filepath.Join(t.TempDir(), "keys"))
	if err != nil {
		t.Fatal(err)
	}
	for name, store := range map[string]sessions.Store{
		"memory": session.NewServerStore(&session.Memory{}), "cookie": session.NewCookieStore(keys),
	} {
		t.Run(name, func(t *testing.T) {
			w := openOn(t, store)
			anna, thief := w.visitor("Anna"), w.visitor("")
			thief.signIn("Anna", safari)
			r, err := http.NewRequestWithContext(t.Context(), "POST", thief.url+"/devices", &late{
				Reader:    strings.NewReader("others=all"),
				meanwhile: func() { anna.post("/devices", url.Values{"others": {"all"}}).leads("/devices") },
			})
			if err != nil {
				t.Fatal(err)
			}
			for name, value := range map[string]string{
				"Content-Type": "application/x-www-form-urlencoded", "Sec-Fetch-Site": "same-origin", "Expect": "100-continue",
			} {
				r.Header.Set(name, value)
			}
			transport := thief.client.Transport.(*http.Transport).Clone()
			transport.ExpectContinueTimeout = 10 * time.Second
			thief.client.Transport = transport
			res, err := thief.client.Do(r)
			if err != nil {
				t.Fatal(err)
			}
			res.Body.Close()
			if thief.signedIn() || !anna.signedIn() {
				t.Errorf("signed in: thief %t, Anna %t", thief.signedIn(), anna.signedIn())
			}
		})
	}
}
