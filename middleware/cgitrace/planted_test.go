package cgitrace_test

import (
	"bytes"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"html"
	"mime/multipart"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strconv"
	"strings"
	"testing"

	"github.com/surcoat/surcoat/middleware/cgitrace"
)

// planted are secrets by the place where they are: the rows of the matrix whose columns
// are the places where something is shown.
type planted map[string]string

// requestSecrets are in every request that sent makes.
var requestSecrets = planted{
	"header":              "planted-in-header",
	"own header":          "planted-in-own-header",
	"header by rule":      "planted-by-rule",
	"cookie":              "planted-in-cookie",
	"cookie, escaped":     "planted in=cookie&escaped",
	"short cookie":        "c7!x",
	"basic":               "planted: basic/credentials?>",
	"basic as it was":     base64.StdEncoding.EncodeToString([]byte("ada:planted: basic/credentials?>")),
	"query":               "planted+in query/&'",
	"query under state":   "planted-in-code",
	"path, by shape":      "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0NTY3ODkwIn0.dozjgNryP4J3jVmNHl0w5N",
	"referer":             "planted-in-referer",
	"environment":         "planted-in-env",
	"environment, a URL":  "planted-in-env-url",
	"environment, by AWS": "AKIAIOSFODNN7EXAMPLE",
}

// bodySecrets are in the body of that kind.
var bodySecrets = map[string]planted{
	"form":      {"form": `planted "in" <form>`, "short value": "k7!", "number": "482913"},
	"json":      {"JSON": `planted "in" \json<`, "JSON, below": "planted-in-nested-json", "JSON number": "73519264", "JSON list": "planted-in-json-list"},
	"multipart": {"multipart": "planted\nin multipart"},
	"xml":       {"XML": "planted-in-xml", "XML attribute": "planted-in-attribute"},
	"text":      {"text": "planted-in-text"},
}

// environment is what the process has.
var environment = map[string]string{
	"SHOP_DB_PASSWORD": requestSecrets["environment"],
	"DATABASE_URL":     "postgres://ada:" + requestSecrets["environment, a URL"] + "@db/shop",
	"AWS_ID":           requestSecrets["environment, by AWS"],
}

// sent is a request with a body of that kind, and with something harmless wherever there
// is a secret.
func sent(t *testing.T, base, kind string) *http.Request {
	t.Helper()
	s := requestSecrets
	for name, secret := range bodySecrets[kind] {
		s[name] = secret // for bodies below
	}
	defer func() {
		for name := range bodySecrets[kind] {
			delete(s, name)
		}
	}()
	var body, contentType string
	switch kind {
	case "form":
		body = url.Values{"user": {"harmless-form"}, "password": {s["form"]}, "pin": {s["short value"]}, "otp": {s["number"]}}.Encode()
		contentType = "application/x-www-form-urlencoded"
	case "json":
		b, _ := json.Marshal(map[string]any{
			"user": "harmless-json", "auth": map[string]any{"token": s["JSON"]},
			"secrets": []any{map[string]any{"a": s["JSON, below"]}, []string{s["JSON list"]}}, "card": map[string]any{"cvc": json.Number(s["JSON number"])},
		})
		body, contentType = string(b), "application/json"
	case "multipart":
		var b bytes.Buffer
		m := multipart.NewWriter(&b)
		_ = m.WriteField("user", "harmless-multipart")
		_ = m.WriteField("password", s["multipart"])
		m.Close()
		body, contentType = b.String(), m.FormDataContentType()
	case "xml":
		body = `<?xml version="1.0"?><login user="harmless-xml" apiKey='` + s["XML attribute"] + `'><ns:password kind="p">` + s["XML"] + `</ns:password></login>`
		contentType = "application/xml"
	case "text":
		body, contentType = "user: harmless-text\npassword: "+s["text"]+"\n", "text/plain"
	}
	query := url.Values{"page": {"harmless-query"}, "access_token": {s["query"]}, "code": {s["query under state"]}, "state": {"x"}}.Encode()
	r, err := http.NewRequest("POST", base+"/secrets/"+s["path, by shape"]+"?"+query, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Content-Type", contentType)
	r.Header.Set("X-Harmless", "harmless-header")
	r.Header.Set("X-Api-Key", s["header"])
	r.Header.Set("X-Auth-Thing", s["own header"])
	r.Header.Set("X-Customer", s["header by rule"])
	r.Header.Set("Referer", base+"/?token="+s["referer"])
	r.Header.Set("Authorization", "Basic "+s["basic as it was"])
	r.Header.Set("Cookie", "theme=dark; id="+s["cookie"]+"; state="+url.QueryEscape(s["cookie, escaped"])+"; sid="+s["short cookie"])
	return r
}

// forms are the ways in which a secret could be spelled.
func (p planted) forms(name string) []string {
	s := p[name]
	quoted, _ := json.Marshal(s)
	all := []string{
		s, url.QueryEscape(s), url.PathEscape(s), html.EscapeString(s), strings.Trim(strconv.Quote(s), `"`), strings.Trim(string(quoted), `"`),
		html.EscapeString(strings.Trim(strconv.Quote(s), `"`)),
	}
	if len(s) >= 8 {
		all = append(all, strings.ToUpper(s),
			base64.StdEncoding.EncodeToString([]byte(s)), base64.URLEncoding.EncodeToString([]byte(s)),
			hex.EncodeToString([]byte(s)), fmt.Sprintf("%X", s), strings.Trim(fmt.Sprint([]byte(s)), "[]"))
	}
	return all
}

// nowhere fails t for each secret that is in one of the places.
func (p planted) nowhere(t *testing.T, places map[string]string) {
	t.Helper()
	for where, text := range places {
		for name := range p {
			for _, form := range p.forms(name) {
				if i := strings.Index(text, form); i >= 0 {
					t.Errorf("the secret of %s is in the %s: …%s…", name, where, text[max(0, i-80):min(len(text), i+len(form)+40)])
					break
				}
			}
		}
	}
}

// with returns p and others in one.
func (p planted) with(others ...planted) planted {
	all := planted{}
	for _, other := range append(others, p) {
		for name, secret := range other {
			all[name] = secret
		}
	}
	return all
}

// In production there are two places: the answer, in which nothing of the panic is, and the
// log, which has what the panic said of a request without its secrets.
func TestSecretsInProduction(t *testing.T) {
	for name, value := range environment {
		t.Setenv(name, value)
	}
	// The body is not kept: what is in it is a secret where the handler has parsed it.
	for _, kind := range []string{"form", "multipart"} {
		for _, accept := range []string{browser, "application/json", "*/*"} {
			known := requestSecrets.with(bodySecrets[kind])
			page, log := production(&cgitrace.Page{Redact: func(name, _ string) bool { return name == "X-Customer" }})
			r := sent(t, "http://shop.example", kind)
			r.Header.Set("Accept", accept)
			w := httptest.NewRecorder()
			page.Wrap(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
				_ = r.ParseMultipartForm(1 << 20)
				text := "harmless-panic " + r.URL.String()
				for _, s := range known {
					text += fmt.Sprintf(" %s, %q, %x, %v, %s;", s, s, s, []byte(s), strings.ToUpper(s))
				}
				panic(text)
			})).ServeHTTP(w, r)
			known.nowhere(t, map[string]string{"answer": w.Body.String(), "log": log.String()})
			for _, harmless := range []string{"harmless-panic", "harmless-query", "harmless-header"} {
				if !strings.Contains(log.String(), harmless) {
					t.Errorf("%s is not in the log", harmless)
				}
				if strings.Contains(w.Body.String(), harmless) {
					t.Errorf("%s is in the answer", harmless)
				}
			}
		}
	}
}
