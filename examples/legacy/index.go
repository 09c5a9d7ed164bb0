package main

import (
	"html/template"
	"net/http"

	"github.com/surcoat/surcoat/middleware/auth"
)

var indexPage = template.Must(template.New("").Parse(`<!doctype html>
<html lang="en">
<meta name="viewport" content="width=device-width">
<title>The office</title>
<link rel="stylesheet" href="/style.css">
<h1>The office</h1>
<p>Nothing here was rewritten. All of it wears the same coat.</p>
<ul>
{{range .Parts}}<li>{{if .Missing}}<s>{{.Name}}</s>: {{.Missing}}{{else if .Links}}{{.Name}}: {{.Text}}
<ul>{{range .Links}}
<li><a href="{{.Path}}">{{.Text}}</a>{{end}}
</ul>{{else if eq .Path "/git/"}}{{.Name}}: <code>git clone http://{{$.Host}}/git/notes.git</code>, {{.Text}}
{{- else}}<a href="{{.Path}}">{{.Name}}</a>: {{.Text}}{{end}}
{{end}}</ul>
<p>{{with .User}}You are {{.}}, to all of them. <a href="/logout">Sign out</a>{{else}}All of them would know you: <a href="/login">sign in</a> or <a href="/signup">join</a>.{{end}}</p>
</html>
`))

func (o *office) index(w http.ResponseWriter, r *http.Request) {
	id, _ := auth.From(r.Context())
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	_ = indexPage.Execute(w, struct {
		Parts []*part
		User  string
		Host  string
	}{o.parts, id.Subject, r.Host})
}

func style(w http.ResponseWriter, _ *http.Request) {
	w.Header().Set("Content-Type", "text/css; charset=utf-8")
	_, _ = w.Write([]byte(`:root { color-scheme: light dark }
body { font: 1rem/1.5 system-ui, sans-serif; max-width: 44rem; margin: 2rem auto; padding: 0 1rem }
th { text-align: left; vertical-align: top; padding-right: 1rem; font-weight: normal; opacity: .7 }
td { overflow-wrap: anywhere }
`))
}
