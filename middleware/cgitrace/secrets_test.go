//go:build dev

package cgitrace_test

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"encoding/base64"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/surcoat/surcoat/middleware/cgitrace"
)

// plantedInSource is a secret by the name it has here, three lines from a panic.
func plantedInSource(v any) {
	apiKey := "planted-in-source-1"
	// the password: planted-in-comment-2
	_ = map[string]string{"password": "planted-in-literal-3", "user": "ada"}
	_ = apiKey
	panic(v)
}

type account struct {
	Name     string
	Password string
	apiToken []byte
	Headers  map[string]string
	Key      *ecdsa.PrivateKey
	User     *url.Userinfo
	Card     map[string]string
	Text     string
}

func (a *account) Error() string { return "no access for " + a.Text }

// spec 7: secrets planted wherever a request, a process or an error can carry them are
// in no representation, no log and no file.
func TestSecretsNowhere(t *testing.T) {
	t.Setenv("SHOP_DB_PASSWORD", "planted-in-env-4")
	t.Setenv("DATABASE_URL", "postgres://ada:planted-in-env-url-5@db/shop")
	key, _ := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	number, _ := key.Bytes()
	planted := map[string]string{
		"header":           "planted-in-header-6",
		"own header":       "planted-in-own-header-7",
		"cookie":           "planted-in-cookie-8",
		"basic":            "planted basic 9",
		"query":            "planted-in-query-a",
		"form":             `planted "in" form-b`,
		"json":             "planted-in-json-c",
		"field":            "planted-in-field-d",
		"bytes":            "planted-in-bytes-e",
		"map":              "planted-in-map-f",
		"userinfo":         "planted-in-userinfo-g",
		"referer":          "planted-in-referer-h",
		"short":            "k7!",
		"rule":             "planted-by-rule-i",
		"env":              "planted-in-env-4",
		"env url":          "planted-in-env-url-5",
		"source":           "planted-in-source-1",
		"comment":          "planted-in-comment-2",
		"literal":          "planted-in-literal-3",
		"jwt":              "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0NTY3ODkwIn0.dozjgNryP4J3jVmNHl0w5N",
		"key's number":     fmt.Sprintf("%x", number),
		"basic, as it was": base64.StdEncoding.EncodeToString([]byte("ada:planted basic 9")),
	}
	for _, body := range []struct{ kind, text string }{
		{"application/x-www-form-urlencoded", "user=ada&pin=k7%21&password=" + url.QueryEscape(planted["form"])},
		{"application/json", `{"user":"ada","auth":{"token":"planted-in-json-c"}}`},
	} {
		for _, accept := range []string{browser, "application/json", "*/*"} {
			dir := filepath.Join(t.TempDir(), "traces")
			page, log := develop(&cgitrace.Page{LogDir: dir, Redact: func(name, _ string) bool { return name == "X-Customer" }})
			r := request("POST", accept, body.text)
			r.URL.RawQuery = "page=2&access_token=planted-in-query-a"
			r.URL.Path = "/reset/" + planted["jwt"]
			r.Header.Set("Content-Type", body.kind)
			r.Header.Set("X-Api-Key", planted["header"])
			r.Header.Set("X-Auth-Thing", planted["own header"])
			r.Header.Set("X-Customer", planted["rule"])
			r.Header.Set("Referer", "http://localhost/?token=planted-in-referer-h")
			r.Header.Set("Authorization", "Basic "+planted["basic, as it was"])
			r.AddCookie(&http.Cookie{Name: "id", Value: planted["cookie"]})
			w := traceback(page, r, func(w http.ResponseWriter, r *http.Request) {
				io.ReadAll(r.Body)
				quoted := ""
				for name, s := range planted {
					switch name {
					case "source", "comment", "literal", "field", "bytes", "map", "key's number", "userinfo":
						continue // no text can know these for secrets
					}
					quoted += fmt.Sprintf(" %s, %q;", s, s)
				}
				plantedInSource(&account{
					Name: "ada", Password: planted["field"], apiToken: []byte(planted["bytes"]), Key: key,
					User: url.UserPassword("ada", planted["userinfo"]), Card: map[string]string{"cvc": planted["map"]}, Text: quoted,
				})
			})
			if w.Code != 500 || !strings.Contains(w.Body.String(), "no access for") {
				t.Fatalf("%d %s", w.Code, w.Body)
			}
			places := map[string]string{"answer as " + accept: w.Body.String(), "log": log.String()}
			files, _ := filepath.Glob(filepath.Join(dir, "*"))
			for _, f := range files {
				b, _ := os.ReadFile(f)
				places["file"] = string(b)
			}
			if len(places) != 3 {
				t.Fatalf("the file is missing: %v", files)
			}
			for where, text := range places {
				for name, s := range planted {
					for _, form := range []string{s, url.QueryEscape(s), strings.ReplaceAll(s, `"`, `\"`), strings.ReplaceAll(s, `"`, "&#34;")} {
						if strings.Contains(text, form) && (name != "json" || body.kind == "application/json") && (name != "form" && name != "short" || body.kind != "application/json") {
							i := strings.Index(text, form)
							t.Errorf("%s, %s: the secret of %s is in the %s: …%s…", body.kind, accept, name, where, text[max(0, i-60):min(len(text), i+60)])
						}
					}
				}
			}
		}
	}
}
