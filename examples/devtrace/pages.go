package main

import (
	"encoding/json"
	"fmt"
	"html/template"
	"io"
	"net/http"
	"strings"

	"github.com/surcoat/surcoat/middleware/cgitrace"
)

var receiptPage = template.Must(template.New("receipt").Parse(
	`<!doctype html><title>Receipt</title><h1>Receipt</h1>{{range .Items}}<p>{{.Name}}{{end}}<p>Best: {{.Best.Name}}`))

// purchase is what the template of a receipt is given.
type purchase struct{ Items []item }

// Best is the dearest item. It forgets that there may be none.
func (p purchase) Best() item {
	best := p.Items[0]
	for _, it := range p.Items {
		if it.Cents > best.Cents {
			best = it
		}
	}
	return best
}

func receipt(w http.ResponseWriter, r *http.Request) {
	if err := receiptPage.Execute(w, purchase{}); err != nil {
		panic(err)
	}
}

// catalogue sends its beginning on its way before it fails.
func catalogue(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	_, _ = io.WriteString(w, `<!doctype html><html lang="en"><meta name="viewport" content="width=device-width"><title>Catalogue</title>
<main style="font:16px/1.5 system-ui,sans-serif;max-width:60rem;margin:auto;padding:1rem"><h1>Catalogue</h1><p>All that there is in the shop.</p><table>`)
	for i := range 9 {
		it := shelves[i]
		fmt.Fprintf(w, "<tr><td>%s<td title='%d in stock'>%d ¢", template.HTMLEscapeString(it.Name), it.Stock, it.Cents)
		_ = http.NewResponseController(w).Flush()
	}
	_, _ = io.WriteString(w, "</table></main>")
}

// order answers programs, and people too.
func order(w http.ResponseWriter, r *http.Request) {
	answer := map[string]any{"id": 7, "items": shelves, "notify": func() {}}
	body, err := json.Marshal(answer)
	if err != nil {
		panic(fmt.Errorf("the answer for %s: %w", r.URL.Path, err))
	}
	w.Header().Set("Content-Type", "application/json")
	_, _ = w.Write(body)
}

// redirect sends people on when it has begun to answer them.
func redirect(w http.ResponseWriter, r *http.Request) {
	_, _ = io.WriteString(w, "Just a moment …")
	w.Header().Set("Location", "/") // too late: the header has left with the first byte
	w.WriteHeader(http.StatusSeeOther)
	var moved *address
	fmt.Fprint(w, "gone to "+moved.City)
}

// careful recovers by itself, because it has something to put right.
func careful(w http.ResponseWriter, r *http.Request) {
	reserved := 3
	defer func() {
		cgitrace.Show(w, r, recover())
		reserved = 0
	}()
	words := strings.Fields("pens and ink")
	fmt.Fprint(w, words[reserved])
}

// signIn gives away what it should not.
func signIn(w http.ResponseWriter, r *http.Request) {
	login := struct{ User, Password string }{r.PostFormValue("user"), r.PostFormValue("password")}
	attempt := "trying " + login.Password + " for " + login.User
	panic(fmt.Errorf("sign-in failed, %s", attempt))
}
