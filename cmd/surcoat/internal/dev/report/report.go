// Package report answers in place of a program that cannot: with a page for people,
// problem details (RFC 9457) for programs and lines of text for everything else. The page
// comes back by itself until the program answers again, without a script.
//
// What a compiler or a crash says is for the developer, and for nobody else: see [Access].
package report

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/surcoat/surcoat/cmd/surcoat/internal/dev/gobuild"
	"github.com/surcoat/surcoat/internal/errpage"
)

// Report is why there is no program, and what was said about it.
type Report struct {
	Kind    string   // in a word or two: "build", "exit status 2"
	Title   string   // a heading
	Advice  []string // sentences: what can be done
	Heading string   // of Output
	Output  string   // what the go command or the program said
	Dir     string   // to which places in Output are relative
	Command string   // that can be repeated in a shell; "": none
	At      time.Time

	// Ours reports whether a place in a file may be what is to be looked at: the source
	// of the first is shown. Nil: no place is.
	Ours func(file string) bool
}

// reasons begin lines after which a program ends.
var reasons = []string{"panic: ", "fatal error: "}

// look returns the lines of the output, which of them says what is wrong, and which of them
// names the place to look at; -1: none does.
func (r *Report) look() (lines []gobuild.Line, reason, place int) {
	lines = gobuild.Lines(strings.TrimRight(r.Output, "\n"), r.Dir)
	reason, place = -1, -1
	for i, l := range lines {
		for _, begin := range reasons {
			if reason < 0 && strings.HasPrefix(l.Text, begin) {
				reason, place = i, -1 // what was logged before is not it
			}
		}
		if place < 0 && l.Place != "" && r.Ours != nil && r.Ours(l.File) {
			place = i
		}
	}
	if reason < 0 {
		reason = place
	}
	return lines, reason, place
}

// Handler answers every request with a report, with status 503.
type Handler struct {
	Report *Report
	Editor string // the URL that opens a file, with {file} and {line}
	Access Access
}

// again is how often a page comes back, and what Retry-After says.
const again = time.Second

// refused is what those read who may not read a report.
const refused = "The program is being changed and does not answer right now."

// ServeHTTP answers in the form that r asks for.
func (h Handler) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	header := w.Header()
	header.Set("Cache-Control", "no-store")
	header.Set("X-Content-Type-Options", "nosniff")
	header.Set("Retry-After", strconv.Itoa(int(again.Seconds())))
	kind, body := "text/plain; charset=utf-8", []byte(refused+"\n")
	if h.Access.Allows(r) {
		switch errpage.Format(r) {
		case "html":
			header.Set("Content-Security-Policy", policy)
			header.Set("Referrer-Policy", "same-origin")
			kind, body = "text/html; charset=utf-8", h.html()
		case "json":
			kind, body = "application/problem+json", h.json()
		default:
			body = h.text()
		}
	}
	header.Set("Content-Type", kind)
	header.Set("Content-Length", strconv.Itoa(len(body)))
	w.WriteHeader(http.StatusServiceUnavailable)
	_, _ = w.Write(body)
}

func (h Handler) text() []byte {
	r := h.Report
	var b strings.Builder
	fmt.Fprintf(&b, "%s\n", r.Title)
	for _, s := range r.Advice {
		fmt.Fprintf(&b, "%s\n", s)
	}
	if out := strings.TrimRight(r.Output, "\n"); out != "" {
		fmt.Fprintf(&b, "\n%s\n", out)
	}
	return []byte(b.String())
}

// diagnostic is a place and what is said of it.
type diagnostic struct {
	File    string `json:"file"`
	Line    int    `json:"line"`
	Column  int    `json:"column,omitempty"`
	Message string `json:"message,omitempty"`
}

func (h Handler) json() []byte {
	r := h.Report
	var places []diagnostic
	lines, _, _ := r.look()
	for _, l := range lines {
		if l.Place != "" && r.Ours != nil && r.Ours(l.File) {
			places = append(places, diagnostic{l.File, l.Row, l.Col, l.Message()})
		}
	}
	b, err := json.Marshal(struct {
		Type        string       `json:"type"`
		Title       string       `json:"title"`
		Status      int          `json:"status"`
		Detail      string       `json:"detail"`
		Output      string       `json:"output,omitempty"`
		Diagnostics []diagnostic `json:"diagnostics,omitempty"`
	}{
		"about:blank", http.StatusText(http.StatusServiceUnavailable), http.StatusServiceUnavailable,
		strings.Join(append([]string{r.Title + "."}, r.Advice...), " "), r.Output, places,
	})
	if err != nil {
		return []byte("{}")
	}
	return append(b, '\n')
}
