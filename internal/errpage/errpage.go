// Package errpage is the one way in which surcoat's layers answer an error by
// themselves: a page for people, RFC 9457 problem details for programs, a line of
// text for everything else, always with the same words, never cached, and with an
// incident number that stands in the log beside the cause.
//
// The cause itself (Problem.Err) never reaches the client.
package errpage

import (
	"bytes"
	"encoding/json"
	"html/template"
	"log/slog"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/surcoat/surcoat/internal/accept"
	"github.com/surcoat/surcoat/internal/respond"
)

// Problem is one error answer.
type Problem struct {
	Status     int           // HTTP status, 400 to 599
	Title      string        // a heading for people; "": what fits Status
	Detail     string        // a sentence that says what the client can do; "": what fits Status
	RetryAfter time.Duration // sent as Retry-After, rounded up to seconds; 0: not sent
	Err        error         // the cause, for the log only; may be nil
	Attrs      []slog.Attr   // more for the log: a stack, a user
}

// Site is how one site wants its errors: a layer's response writer that has a
// method ErrorSite is found through Unwrap, from wherever Write is called.
type Site struct {
	Template *template.Template // nil: the built-in page
	Logger   *slog.Logger       // nil: slog.Default()
}

// Write answers r with p on w, whose header must not have left yet. What the
// failed handler had set about its own body (type, length, validators, caching) is
// removed. It logs p where there is something to find out (a status from 500, or an Err)
// and returns the incident number under which it did, "" where it did not.
func Write(w http.ResponseWriter, r *http.Request, p Problem) (incident string) {
	site := siteOf(w)
	d := newData(r, p)
	if p.Status >= 500 || p.Err != nil {
		d.Incident = report(site, r, p)
	}

	h := w.Header()
	Clear(h)
	h.Set("Cache-Control", "no-store")
	h.Set("X-Content-Type-Options", "nosniff")
	if p.RetryAfter > 0 {
		h.Set("Retry-After", strconv.FormatInt(int64((p.RetryAfter+time.Second-1)/time.Second), 10))
	}
	var body []byte
	switch Representation(r) {
	case "html":
		h.Set("Content-Type", "text/html; charset=utf-8")
		body = site.html(r, h, d)
	case "json":
		h.Set("Content-Type", "application/problem+json")
		body = problemJSON(d)
	default:
		h.Set("Content-Type", "text/plain; charset=utf-8")
		body = text(d)
	}
	h.Set("Content-Length", strconv.Itoa(len(body)))
	w.WriteHeader(p.Status)
	_, _ = w.Write(body)
	return d.Incident
}

// Log records p, and gives it an incident number, as Write does, for a layer that can
// no longer answer r or answers in its own way.
func Log(w http.ResponseWriter, r *http.Request, p Problem) (incident string) {
	return report(siteOf(w), r, p)
}

// Clear removes from h all that speaks of a representation which will not be sent. A
// Content-Security-Policy stays: it is mostly the site's, and at worst too strict.
func Clear(h http.Header) {
	for _, name := range representation {
		delete(h, name)
	}
}

var representation = []string{
	"Accept-Ranges", "Age", "Cache-Control", "Content-Digest", "Content-Disposition",
	"Content-Encoding", "Content-Language", "Content-Length", "Content-Location",
	"Content-Md5", "Content-Range", "Content-Type", "Digest",
	"Etag", "Expires", "Last-Modified", "Link", "Location", "Refresh", "Repr-Digest",
	"Trailer", "Transfer-Encoding", "Use-As-Dictionary",
}

// Format returns the representation for which r asks: "html", "json" or "text".
// Browsers name text/html when they navigate; who names any kind of JSON can read
// problem details; */* alone says nothing, and plain text reads well in curl. There is no
// 406: who wants an image is told what went wrong all the same.
func Format(r *http.Request) string {
	html, js := accept.Names(r.Header, "text/html"), jsonOf(r)
	switch {
	case html && js != "":
		if accept.Media(r.Header, "text/html", "application/problem+json", "application/json", js) != "text/html" {
			return "json"
		}
		return "html"
	case html:
		return "html"
	case js != "":
		return "json"
	}
	return "text"
}

// Representation is [Format] but for htmx, which says */* and puts what it gets into a page:
// as text it would be taken for HTML all the same.
func Representation(r *http.Request) string {
	format := Format(r)
	if format == "text" && r.Header.Get("Hx-Request") == "true" {
		return "html"
	}
	return format
}

// jsonOf returns a kind of JSON that r asks for, "" when it asks for none.
func jsonOf(r *http.Request) string {
	for _, kind := range []string{"application/json", "application/problem+json", "application/*"} {
		if accept.Names(r.Header, kind) {
			return kind
		}
	}
	return strings.ToLower(accept.Suffixed(r.Header, "+json"))
}

func problemJSON(d Data) []byte {
	// RFC 9457 §4.2.1: with the type about:blank, the title is the status's own phrase.
	b, _ := json.Marshal(struct {
		Type     string `json:"type"`
		Title    string `json:"title"`
		Status   int    `json:"status"`
		Detail   string `json:"detail,omitempty"`
		Incident string `json:"incident,omitempty"`
	}{"about:blank", http.StatusText(d.Status), d.Status, d.Detail, d.Incident})
	return append(b, '\n')
}

func text(d Data) []byte {
	var b bytes.Buffer
	b.WriteString(strconv.Itoa(d.Status) + " " + d.Title + "\n")
	if d.Detail != "" {
		b.WriteString(d.Detail + "\n")
	}
	if d.Incident != "" {
		b.WriteString("Incident " + d.Incident + "\n")
	}
	return b.Bytes()
}

func siteOf(w http.ResponseWriter) Site {
	for layer := range respond.Layers(w) {
		if s, ok := layer.(interface{ ErrorSite() Site }); ok {
			return s.ErrorSite()
		}
	}
	return Site{}
}
