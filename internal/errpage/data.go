package errpage

import (
	"net/http"
	"time"

	"github.com/surcoat/surcoat/internal/accept"
)

// Data is what a page's template is executed with.
type Data struct {
	Status     int           // HTTP status
	Title      string        // heading
	Detail     string        // what the client can do
	Incident   string        // the number in the log; "" where nothing was logged
	RetryAfter time.Duration // how long the client should wait; 0: not known
	Again      bool          // the same request may well succeed later, and does no harm
	Fragment   bool          // a script (htmx) asks, to put the answer into a page that is there

	header http.Header // the request's
}

func newData(r *http.Request, p Problem) Data {
	title, detail := words(p.Status)
	d := Data{Status: p.Status, Title: title, Detail: detail, RetryAfter: p.RetryAfter, Fragment: Fragment(r), header: r.Header}
	if p.Title != "" {
		d.Title = p.Title
	}
	if p.Detail != "" {
		d.Detail = p.Detail
	}
	safe := r.Method == http.MethodGet || r.Method == http.MethodHead
	d.Again = safe && (p.Status >= 500 || p.RetryAfter > 0 || p.Status == http.StatusTooManyRequests || p.Status == http.StatusRequestTimeout)
	return d
}

// Language returns the one of offers, such as "en" or "pt-BR", that the client likes
// best by its Accept-Language field, and the first when it likes none. Called without offers it
// returns "".
//
//	{{if eq (.Language "en" "de") "de"}}Etwas ist schiefgegangen{{else}}{{.Title}}{{end}}
func (d Data) Language(offers ...string) string {
	if len(offers) == 0 {
		return ""
	}
	return accept.Language(d.header, offers...)
}

// Fragment reports whether a script asks for a part of a page, as htmx does
// (https://htmx.org/docs/#request-headers) but for links that it follows, and its history.
func Fragment(r *http.Request) bool {
	h := r.Header
	return h.Get("Hx-Request") == "true" && h.Get("Hx-Boosted") != "true" && h.Get("Hx-History-Restore-Request") != "true"
}
