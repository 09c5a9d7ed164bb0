package errpage

import (
	"bytes"
	"crypto/sha256"
	"encoding/base64"
	"html/template"
	"log/slog"
	"net/http"
)

// html renders d, and falls back to the built-in page where a site's template fails:
// an error page that fails would leave people with nothing.
func (s Site) html(r *http.Request, h http.Header, d Data) []byte {
	if s.Template != nil {
		page, err := execute(s.Template, d)
		if err == nil {
			return page
		}
		s.log(r.Context(), slog.LevelError, "errpage: the site's template failed; the built-in page was sent",
			slog.Any("error", err), slog.String("incident", d.Incident))
	}
	var b bytes.Buffer
	name := "page"
	if d.Fragment {
		name = "fragment"
	} else {
		h.Set("Content-Security-Policy", policy)
		h.Set("Content-Language", "en")
	}
	_ = builtin.ExecuteTemplate(&b, name, d) // cannot fail: its fields are Data's, its writer is memory
	return b.Bytes()
}

const style = `
:root{color-scheme:light dark;--ground:#f7f5f0;--card:#fffdf8;--ink:#26221c;--soft:#6d655a;--line:#e2dccf;--mark:#8a1c2b}
@media(prefers-color-scheme:dark){:root{--ground:#17150f;--card:#211e17;--ink:#ece6da;--soft:#a79d8d;--line:#3a352a;--mark:#f0808d}}
*{box-sizing:border-box}
body{margin:0;min-height:100vh;display:grid;place-items:center;padding:1.5rem;background:var(--ground);color:var(--ink);font:1.0625rem/1.6 system-ui,sans-serif}
main{width:100%;max-width:34rem;padding:2.25rem;background:var(--card);border:1px solid var(--line);border-top:4px solid var(--mark);border-radius:10px}
h1{margin:0 0 .5rem;font-size:1.6rem;line-height:1.25}
p{margin:.5rem 0}
.code{margin:0 0 .75rem;color:var(--mark);font-weight:600;letter-spacing:.04em}
.incident{margin-top:1.5rem;padding-top:1rem;border-top:1px solid var(--line);color:var(--soft);font-size:.9375rem}
code{font:600 1em ui-monospace,monospace;color:var(--ink);user-select:all}
.ways{margin-top:1.25rem}
a{color:var(--mark);margin-right:1rem}
@media(max-width:30rem){body{padding:.75rem}main{padding:1.5rem}a{display:inline-block;padding:.4rem 0}}
@media print{:root{color-scheme:light;--ground:#fff;--card:#fff;--ink:#000;--soft:#000;--line:#999;--mark:#000}body{display:block;min-height:0}main{max-width:none;border:0;padding:0}.ways{display:none}}
`

// policy lets the page use its own style and nothing else.
var policy = "default-src 'none'; style-src " + StyleSource(style) +
	"; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"

// StyleSource returns the source by which a Content-Security-Policy allows the content
// of a style element (https://www.w3.org/TR/CSP3/#grammardef-hash-source).
func StyleSource(style string) string {
	sum := sha256.Sum256([]byte(style))
	return "'sha256-" + base64.StdEncoding.EncodeToString(sum[:]) + "'"
}

var builtin = template.Must(template.New("").Parse(`{{define "page"}}<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="robots" content="noindex">
<meta name="turbo-visit-control" content="reload">
<title>{{.Title}}</title>
<style>` + style + `</style>
</head>
<body>
<main>
<p class="code">{{.Status}}</p>
<h1>{{.Title}}</h1>
{{with .Detail}}<p>{{.}}</p>
{{end}}<p class="ways">{{if .Again}}<a href="">Try again</a> {{end}}<a href="/">Go to the start page</a></p>
{{with .Incident}}<p class="incident">Incident number <code>{{.}}</code></p>
{{end}}</main>
</body>
</html>
{{end}}{{define "fragment"}}<div role="alert">
<p><strong>{{.Title}}.</strong>{{with .Detail}} {{.}}{{end}}</p>
{{with .Incident}}<p>Incident number <code>{{.}}</code></p>
{{end}}</div>
{{end}}`))
