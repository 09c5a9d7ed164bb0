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
{{range .Parts}}<li>{{if .Missing}}<s>{{.Name}}</s>: {{.Missing}}{{else}}<a href="{{.Path}}">{{.Name}}</a>: {{.Text}}{{end}}
{{if eq .Path "/cgi/"}}<ul>
<li><a href="/cgi/visits.sh">what a shell script is told</a>
<li><a href="/cgi/fails.py?by=4">a sum in Python</a>, and <a href="/cgi/fails.py?by=0">one that fails</a>
</ul>{{end}}
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
	}{o.parts, id.Subject})
}

func style(w http.ResponseWriter, _ *http.Request) {
	w.Header().Set("Content-Type", "text/css; charset=utf-8")
	_, _ = w.Write([]byte(`:root { color-scheme: light dark }
body { font: 1rem/1.5 system-ui, sans-serif; max-width: 44rem; margin: 2rem auto; padding: 0 1rem }
th { text-align: left; vertical-align: top; padding-right: 1rem; font-weight: normal; opacity: .7 }
td { overflow-wrap: anywhere }
`))
}
