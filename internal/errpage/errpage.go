// Package errpage is the one way in which surcoat's layers answer an error by
// themselves: a page for people, RFC 9457 problem details for programs, a line of
// text for everything else, always with the same words, never cached, and with an
// incident number that stands in the log beside the cause.
//
// The cause itself (Problem.Err) never reaches the client.
package errpage

import (
	"bytes"
	"cmp"
	"context"
	"crypto/rand"
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

// Data is what a page's template is executed with.
type Data struct {
	Status   int    // HTTP status
	Title    string // heading
	Detail   string // what the client can do
	Incident string // the number in the log; "" where nothing was logged
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
	title, detail := words(p.Status)
	d := Data{Status: p.Status, Title: cmp.Or(p.Title, title), Detail: cmp.Or(p.Detail, detail)}
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
	switch Format(r) {
	case "html":
		h.Set("Content-Type", "text/html; charset=utf-8")
		body = site.html(h, d)
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

// Format returns the representation in which to answer r: "html", "json" or "text".
// Browsers name text/html when they navigate; */* alone says nothing, and plain text
// reads well in curl.
func Format(r *http.Request) string {
	html, js := accept.Names(r.Header, "text/html"), wantsJSON(r)
	switch {
	case html && js:
		if accept.Media(r.Header, "text/html", "application/problem+json", "application/json") != "text/html" {
			return "json"
		}
		return "html"
	case html:
		return "html"
	case js:
		return "json"
	}
	return "text"
}

func wantsJSON(r *http.Request) bool {
	return accept.Names(r.Header, "application/json") ||
		accept.Names(r.Header, "application/problem+json") ||
		accept.Names(r.Header, "application/*")
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

// newIncident returns 50 random bits in a form that can be read out on the telephone.
func newIncident() string {
	s := rand.Text()
	return s[:5] + "-" + s[5:10]
}

// report logs p under a new incident number. The query is left out: it may hold secrets.
func report(site Site, r *http.Request, p Problem) (incident string) {
	incident = newIncident()
	level := slog.LevelInfo
	switch {
	case p.RetryAfter > 0: // turned away on purpose; under a flood there are many
		level = slog.LevelWarn
	case p.Status >= 500:
		level = slog.LevelError
	}
	attrs := []slog.Attr{
		slog.String("incident", incident),
		slog.Int("status", p.Status),
		slog.String("method", r.Method),
		slog.String("host", r.Host),
		slog.String("path", r.URL.Path),
		slog.String("remote", r.RemoteAddr),
	}
	if p.Err != nil {
		attrs = append(attrs, slog.Any("error", p.Err))
	}
	// The request's own context may be cancelled already; handlers of logs read values from it.
	ctx := context.WithoutCancel(r.Context())
	site.logger().LogAttrs(ctx, level, "request failed", append(attrs, p.Attrs...)...)
	return incident
}

func (s Site) logger() *slog.Logger {
	return cmp.Or(s.Logger, slog.Default())
}

func siteOf(w http.ResponseWriter) Site {
	for layer := range respond.Layers(w) {
		if s, ok := layer.(interface{ ErrorSite() Site }); ok {
			return s.ErrorSite()
		}
	}
	return Site{}
}

// words returns the default heading and advice for a status.
func words(status int) (title, detail string) {
	switch status {
	case http.StatusBadRequest:
		return "That request cannot be understood", "Something in it is malformed. Check the address or the form and try again."
	case http.StatusUnauthorized:
		return "Please sign in", "This page is for people who are signed in."
	case http.StatusForbidden:
		return "Not allowed", "You may not see or do this with the account you are using."
	case http.StatusNotFound:
		return "Not found", "There is nothing at this address."
	case http.StatusMethodNotAllowed:
		return "Method not allowed", "This address does not take such a request."
	case http.StatusConflict:
		return "Conflict", "Somebody else changed this in the meantime."
	case http.StatusRequestEntityTooLarge:
		return "Too large", "What you sent is larger than this site accepts."
	case http.StatusUnsupportedMediaType:
		return "Unsupported format", "This address does not take what you sent in that format."
	case http.StatusTooManyRequests:
		return "Too many attempts", "Please wait a little before you try again."
	case http.StatusServiceUnavailable:
		return "Not available right now", "The site is busy or a part of it is being restarted. Please try again shortly."
	}
	if status >= 500 {
		return "Something went wrong", "The fault is on our side and has been recorded. If it comes back, tell us the incident number."
	}
	return strings.TrimSpace(http.StatusText(status)), ""
}
