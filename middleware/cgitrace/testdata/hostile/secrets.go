package main

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/elliptic"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"strings"
)

// Account has a secret for each way in which a value can be one.
type Account struct {
	Name     string
	Password string
	apiToken []byte
	PIN      int
	APIKeys  []string
	Extra    map[string]string
	Nested   struct{ Auth struct{ Secret, Hint string } }
	Any      any
	User     *url.Userinfo
	Signer   *ecdsa.PrivateKey
	DSN      string
	Plain    string // a secret of the request under a harmless name
	Func     func() string
}

// known is a secret of the package.
var (
	signingKey = "planted-in-package-variable"
	harmless   = "postgres://ada:planted-in-package-url@db/shop"
)

// secrets panics with all that it was sent, and all that it has itself, in reach.
func secrets(w http.ResponseWriter, r *http.Request) {
	body, _ := io.ReadAll(r.Body)
	r.Body = io.NopCloser(strings.NewReader(string(body)))
	_ = r.ParseMultipartForm(1 << 20)
	var document struct {
		Auth struct{ Token string }
		Card map[string]any
	}
	_ = json.Unmarshal(body, &document)
	user, password, _ := r.BasicAuth()
	spend(r, string(body), user, password, document)
}

func spend(r *http.Request, body, user, password string, document any) {
	token, name := "planted-in-variable", "harmless-variable"
	otp := 77123456
	sessions := map[string]string{"planted-in-session-key": "x"}
	headers := map[string]string{"authorization": "planted-in-map-value", "accept": "harmless-key"}
	bearers := map[string]bool{"Bearer planted-in-map-key": true}
	cookie, _ := r.Cookie("id")
	query := r.URL.Query()
	environ := os.Environ()
	database := os.Getenv("SHOP_DB_PASSWORD")
	copied := strings.Clone(r.Header.Get("X-Api-Key"))
	upper := strings.ToUpper(copied)
	split := strings.Split(password, " ")
	cut := password[:len(password)*3/4]
	account := &Account{
		Name: "harmless-field", Password: "planted-in-field", apiToken: []byte("planted-in-bytes"), PIN: 48151623, APIKeys: []string{"planted-in-list"},
		Extra: map[string]string{"cvc": "planted-in-field-map"}, Any: http.Cookie{Name: "a", Value: "planted-in-any"},
		User: url.UserPassword("ada", "planted-in-userinfo"), DSN: "planted-in-dsn", Plain: copied,
	}
	account.Nested.Auth.Secret = "planted-in-nested-field"
	account.Signer, _ = ecdsa.ParseRawPrivateKey(elliptic.P256(), bytes.Repeat([]byte{0x5a}, 32))
	capturedToken := "planted-in-" + "captured"
	account.Func = func() string { return capturedToken }
	// the password: planted-in-comment
	text := fmt.Sprintf("%s %s %s %s %v %+v %q", password, copied, database, query.Get("access_token"), document, cookie, body)
	fail(account, text, token, otp, sessions, headers, bearers, environ, upper, split, cut, user, name)
}

func fail(account *Account, text string, _ ...any) {
	apiKey := "planted-in-source"
	_, _ = apiKey, map[string]string{"password": "planted-in-literal", "user": "harmless-literal"}
	panic(fmt.Errorf("no access for %s with %s: %s %s", account.Name, signingKey, harmless, text))
}
