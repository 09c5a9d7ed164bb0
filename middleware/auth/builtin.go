package auth

import (
	"html/template"
	"io"
	"net/http"

	"github.com/surcoat/surcoat/internal/errpage"
)

func renderBuiltin(w io.Writer, _ *http.Request, f Form) error { return builtin.Execute(w, f) }

const style = `
:root{color-scheme:light dark;--ground:#f7f5f0;--card:#fffdf8;--field:#fff;--ink:#26221c;--soft:#6d655a;--line:#e2dccf;--edge:#8d8475;--mark:#8a1c2b;--on:#fff;--wash:#f9e9e7}
@media(prefers-color-scheme:dark){:root{--ground:#17150f;--card:#211e17;--field:#17150f;--ink:#ece6da;--soft:#a79d8d;--line:#3a352a;--edge:#8d8474;--mark:#f0808d;--on:#2a0a0f;--wash:#3a2023}}
*{box-sizing:border-box}
body{margin:0;min-height:100vh;min-height:100dvh;display:grid;place-items:center;padding:1.5rem;background:var(--ground);color:var(--ink);font:1.0625rem/1.6 system-ui,sans-serif}
main{width:100%;max-width:26rem;padding:2.25rem;background:var(--card);border:1px solid var(--line);border-top:4px solid var(--mark);border-radius:10px}
h1{margin:0 0 1.25rem;font-size:1.6rem;line-height:1.25}
p{margin:.5rem 0}
label{display:block;margin-top:1.1rem;font-weight:600}
input{display:block;width:100%;margin-top:.3rem;padding:.6rem .75rem;background:var(--field);color:inherit;border:1px solid var(--edge);border-radius:6px;font:inherit}
input[aria-invalid]{border-color:var(--mark)}
button{width:100%;margin-top:1.6rem;padding:.7rem 1rem;background:var(--mark);color:var(--on);border:0;border-radius:6px;font:inherit;font-weight:600;cursor:pointer}
button:hover{filter:brightness(1.1)}
:focus-visible{outline:3px solid var(--mark);outline-offset:2px}
.problem{margin:0 0 1.25rem;padding:.65rem .85rem;background:var(--wash);border-left:4px solid var(--mark);border-radius:4px}
.hint{margin-top:.35rem;color:var(--soft);font-size:.9375rem}
.other{margin:1.5rem 0 0;padding-top:1rem;border-top:1px solid var(--line);color:var(--soft);font-size:.9375rem}
a{color:var(--mark)}
@media(max-width:30rem){body{padding:0;place-items:start stretch;background:var(--card)}main{max-width:none;padding:1.75rem 1.25rem;border:0;border-top:4px solid var(--mark);border-radius:0}}
`

// builtinPolicy lets the page use its own style and post to its own site, nothing else.
var builtinPolicy = "default-src 'none'; img-src 'self'; style-src " + errpage.StyleSource(style) +
	"; base-uri 'none'; form-action 'self'; frame-ancestors 'none'"

var builtin = template.Must(template.New("form").Parse(`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="robots" content="noindex">
<title>{{template "title" .}}</title>
<style>` + style + `</style>
</head>
<body>
<main>
<h1>{{template "title" .}}</h1>
{{with .Problem}}<p class="problem" id="problem" role="alert">{{.}}</p>
{{end -}}
<form method="post">
<input type="hidden" name="next" value="{{.Next}}">
{{if eq .Kind "logout" -}}
<p>You can sign in again at any time.</p>
{{else -}}
<label for="name">Name</label>
<input id="name" name="name" value="{{.Name}}" required maxlength="256" autocomplete="username" autocapitalize="none" spellcheck="false"
{{- if .Problem}}{{if ne .Field "password"}} aria-invalid="true" aria-describedby="problem"{{end}}{{end}}
{{- if or (not .Name) (eq .Field "name")}} autofocus{{end}}>
<label for="password">Password</label>
<input id="password" name="password" type="password" required autocomplete="{{if eq .Kind "signup"}}new-password{{else}}current-password{{end}}"
{{- if eq .Kind "signup"}} minlength="{{.Minimum}}"{{end}}
{{- if .Problem}}{{if ne .Field "name"}} aria-invalid="true"{{end}}{{end}}
{{- if eq .Kind "signup"}} aria-describedby="hint{{if and .Problem (ne .Field "name")}} problem{{end}}"{{else if .Problem}} aria-describedby="problem"{{end}}
{{- if and .Name (ne .Field "name")}} autofocus{{end}}>
{{if eq .Kind "signup"}}<p class="hint" id="hint">At least {{.Minimum}} characters, of any kind. A few words in a row are easy to keep in mind.</p>
{{end}}{{end -}}
<button>{{template "title" .}}</button>
</form>
{{if eq .Kind "logout"}}<p class="other"><a href="{{.Next}}">Stay signed in</a></p>
{{end}}{{with .SignUpURL}}<p class="other">No account yet? <a href="{{.}}">Sign up</a></p>
{{end}}{{with .LoginURL}}<p class="other">Have an account? <a href="{{.}}">Sign in</a></p>
{{end -}}
</main>
</body>
</html>
{{define "title"}}{{if eq .Kind "signup"}}Sign up{{else if eq .Kind "logout"}}Sign out{{else}}Sign in{{end}}{{end}}`))
