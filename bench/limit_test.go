package bench_test

import (
	"bytes"
	"crypto/cipher"
	"crypto/rand"
	"encoding/base64"
	"net/http"
	"strings"
	"testing"

	"golang.org/x/crypto/chacha20poly1305"

	"github.com/surcoat/surcoat/bench/compression"
	"github.com/surcoat/surcoat/bench/fixtures"
)

// limit does what no stack with an encrypted session can leave out, and nothing else:
// it opens one cookie with XChaCha20-Poly1305 and, for a client that takes gzip, runs one pooled
// encoder around the bare handler.
type limit struct {
	aead         cipher.AEAD
	page, zipped http.Handler
}

// sealed has the length of the three values of a session.
var sealed = []byte(`{"subject":"` + subject + `","theme":"` + theme + `","visits":41}`)

func newLimit(tb testing.TB, p fixtures.Page) http.Handler {
	key := make([]byte, chacha20poly1305.KeySize)
	_, _ = rand.Read(key)
	aead, err := chacha20poly1305.NewX(key)
	if err != nil {
		tb.Fatal(err)
	}
	return &limit{aead, p, compression.Encoded(p)}
}

func (l *limit) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if r.URL.Path == "/login" {
		l.signIn(w)
		return
	}
	if !l.opens(r) {
		w.WriteHeader(http.StatusUnauthorized)
		return
	}
	if r.Header["Accept-Encoding"] != nil {
		l.zipped.ServeHTTP(w, r)
		return
	}
	l.page.ServeHTTP(w, r)
}

func (l *limit) signIn(w http.ResponseWriter) {
	nonce := make([]byte, chacha20poly1305.NonceSizeX)
	_, _ = rand.Read(nonce)
	token := base64.RawURLEncoding.EncodeToString(l.aead.Seal(nonce, nonce, sealed, nil))
	http.SetCookie(w, &http.Cookie{Name: "s", Value: token})
	w.WriteHeader(http.StatusNoContent)
}

func (l *limit) opens(r *http.Request) bool {
	line := r.Header["Cookie"]
	if len(line) == 0 {
		return false
	}
	_, token, _ := strings.Cut(line[0], "s=")
	var buf [256]byte
	box, err := base64.RawURLEncoding.AppendDecode(buf[:0], []byte(token))
	if err != nil || len(box) < chacha20poly1305.NonceSizeX {
		return false
	}
	nonce, box := box[:chacha20poly1305.NonceSizeX], box[chacha20poly1305.NonceSizeX:]
	opened, err := l.aead.Open(box[:0], nonce, box, nil)
	return err == nil && bytes.Equal(opened, sealed)
}
