//go:build dev

package cgitrace_test

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/elliptic"
	"fmt"
	"io"
	"math/big"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/surcoat/surcoat/middleware/cgitrace"
)

// complete fails t where a page lacks one of the parts in which secrets are looked for.
func complete(t *testing.T, page string) {
	t.Helper()
	for name, want := range map[string]string{"curl line": "curl -i", "goroutines": "goroutine", "Markdown": "### panic", "environment": "SHOP_DB_PASSWORD"} {
		if !strings.Contains(page, want) {
			t.Errorf("the page has no %s", name)
		}
	}
}

type wallet struct {
	Name     string
	Password string
	apiToken []byte
	Headers  map[string]string
	Key      *ecdsa.PrivateKey
	User     *url.Userinfo
	Card     map[string]string
	Text     string
}

func (a *wallet) Error() string { return "no access for " + a.Text }

// plantedInSource is near secrets by the names they have here.
func plantedInSource(v any) {
	apiKey := "planted-in-source"
	// the password: planted-in-comment
	_ = map[string]string{"password": "planted-in-literal", "user": "harmless-literal"}
	const loginPIN = 77345612
	_ = os.Setenv("CGITRACE_TEST_TOKEN", "planted-in-call")
	_, _ = apiKey, loginPIN
	panic(v)
}

// In a binary without debug information: what the request, the environment, the panic's
// value and the source hold is in no representation, no log and no file.
func TestSecretsNowhere(t *testing.T) {
	for name, value := range environment {
		t.Setenv(name, value)
	}
	t.Setenv("CGITRACE_TEST_TOKEN", "planted-in-call")
	own := planted{
		"field": "planted-in-field", "bytes": "planted-in-bytes", "map": "planted-in-map", "userinfo": "planted-in-userinfo", "key": new(big.Int).SetBytes(bytes.Repeat([]byte{0x5a}, 32)).String(),
		"source": "planted-in-source", "comment": "planted-in-comment", "literal": "planted-in-literal", "number in source": "77345612", "call in source": "planted-in-call",
	}
	for kind, inBody := range bodySecrets {
		for _, accept := range []string{browser, "application/json", "*/*"} {
			t.Run(kind+" as "+accept[:3], func(t *testing.T) {
				dir := filepath.Join(t.TempDir(), "traces")
				page, log := develop(&cgitrace.Page{LogDir: dir, Redact: func(name, _ string) bool { return name == "X-Customer" }})
				r := sent(t, "http://localhost:8080", kind)
				r.RemoteAddr = "127.0.0.1:4000"
				r.Header.Set("Accept", accept)
				known := requestSecrets.with(inBody)
				w := traceback(page, r, func(w http.ResponseWriter, r *http.Request) {
					body, _ := io.ReadAll(r.Body)
					quoted := string(body) + r.URL.String()
					for _, s := range known {
						quoted += fmt.Sprintf(" %s, %q, %x, %v, %s;", s, s, s, []byte(s), strings.ToUpper(s))
					}
					number, _ := new(big.Int).SetString(own["key"], 10)
					//lint:ignore SA1019 it is no key that works
					key := &ecdsa.PrivateKey{D: number}
					key.Curve = elliptic.P256()
					plantedInSource(&wallet{
						Name: "harmless-field", Password: own["field"], apiToken: []byte(own["bytes"]), Key: key,
						User: url.UserPassword("ada", own["userinfo"]), Card: map[string]string{"cvc": own["map"]}, Text: quoted,
					})
				})
				if w.Code != 500 || !strings.Contains(w.Body.String(), "no access for") {
					t.Fatalf("%d %s", w.Code, w.Body)
				}
				files, _ := filepath.Glob(filepath.Join(dir, "*"))
				if len(files) != 1 {
					t.Fatalf("files: %v", files)
				}
				file, _ := os.ReadFile(files[0])
				places := map[string]string{"answer": w.Body.String(), "log": log.String(), "file": string(file)}
				complete(t, string(file))
				known.with(own).nowhere(t, places)
				for _, harmless := range []string{"harmless-" + kind, "harmless-header", "harmless-query", "harmless-field", "harmless-literal", "theme"} {
					if !strings.Contains(string(file), harmless) {
						t.Errorf("%s is masked", harmless)
					}
				}
			})
		}
	}
}
