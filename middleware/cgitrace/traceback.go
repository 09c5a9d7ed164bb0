//go:build dev

package cgitrace

import (
	"bytes"
	"cmp"
	"crypto/rand"
	"log/slog"
	"net/http"
	"strconv"

	"github.com/surcoat/surcoat/internal/errpage"
	"github.com/surcoat/surcoat/middleware/cgitrace/internal/report"
	"github.com/surcoat/surcoat/middleware/cgitrace/internal/stack"
)

const enabled = true

// traceback is what a response keeps in a dev build, so that a panic can be shown.
type traceback struct {
	held held
	tee  *tee
	made *report.Report
	faults

	cycles uint64 // of the garbage collector, before the request; 0: not known
}

// settle puts in what the zero values of the fields for dev builds mean.
func (p *Page) settle() {
	p.Context = cmp.Or(p.Context, 5)
	p.Editor = cmp.Or(p.Editor, "vscode://file{file}:{line}")
}

func (p *Page) logger() *slog.Logger {
	return cmp.Or(p.Logger, slog.Default())
}

// watch returns the writer for the response to r, which holds its beginning back, and
// has r's body recorded as it is read.
func (t *traceback) watch(w http.ResponseWriter, r *http.Request) http.ResponseWriter {
	t.cycles = stack.Cycles()
	t.held = held{base: w, head: r.Method == http.MethodHead}
	if r.Body != nil && r.Body != http.NoBody {
		t.tee = &tee{ReadCloser: r.Body}
		r.Body = t.tee
	}
	return &t.held
}

// run has next answer r, on a stack that moves as little as can be.
func (rs *response) run(next http.Handler, r *http.Request) {
	stack.Steady(func() { next.ServeHTTP(rs, r) })
}

// release sends what is held back, after a handler that did not panic.
func (t *traceback) release() { _ = t.held.release() }

// body is what the handler has read of the request's body, up to a bound.
func (t *traceback) body() []byte {
	if t.tee == nil {
		return nil
	}
	kept, _ := t.tee.kept()
	return kept
}

// left reports whether some of the response is beyond recall.
func (rs *response) left() bool { return rs.held.left }

// base is the writer below all that is held back.
func (rs *response) base() http.ResponseWriter { return rs.held.base }

// replace has what is written from now on discarded.
func (rs *response) replace() {
	rs.held.discard()
	_ = rs.Writer.Commit(shown)
}

// prepare puts the report together where there will be one, before anything is logged: the
// variables tell of secrets that are in the panic's text, or in the URL, under no name.
func (rs *response) prepare(r *http.Request, rec *record, developer bool) {
	if developer || rs.page.LogDir != "" {
		rs.made = collect(rs.page, r, rec, rs.tee, rs.cycles)
		rs.made.Faults = rs.shown(rs.page, rec.redact)
		rec.caught.drop() // before anything is written: the client may be slow to take it
	}
}

// report returns the report that was prepared, as that of incident.
func (rs *response) report(incident string) *report.Report {
	rs.made.Incident = incident
	return rs.made
}

// show answers r with the traceback, in the representation it asks for.
func (rs *response) show(w http.ResponseWriter, r *http.Request, incident string) {
	rep := rs.report(incident)
	h := w.Header()
	errpage.Clear(h)
	h.Set("Cache-Control", "no-store")
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("X-Frame-Options", "DENY")
	h.Set("Referrer-Policy", "no-referrer")
	h.Set("Cross-Origin-Resource-Policy", "same-origin")
	h.Set("X-Robots-Tag", "noindex")

	format := rs.page.Format
	if format == "" {
		format = errpage.Representation(r)
	}
	var b bytes.Buffer
	kind := ""
	if format == "html" {
		nonce := rand.Text()
		h.Set("Content-Security-Policy", "default-src 'none'; style-src 'nonce-"+nonce+
			"'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'")
		kind = "text/html; charset=utf-8"
		if err := rep.HTML(&b, nonce); err != nil {
			rs.page.logger().Error("cgitrace: the page failed; the text was sent", slog.Any("error", err))
			format = "text"
			b.Reset()
		}
	}
	switch format {
	case "json":
		kind = "application/problem+json"
		rep.JSON(&b)
	case "text":
		kind = "text/plain; charset=utf-8"
		rep.Text(&b)
	}
	h.Set("Content-Type", kind)
	h.Set("Content-Length", strconv.Itoa(b.Len()))
	w.WriteHeader(http.StatusInternalServerError)
	_, _ = w.Write(b.Bytes())
}

// append writes the traceback to the end of a page that broke off, if it is one to
// which something can be appended, and reports whether it did.
func (rs *response) append(incident string) bool {
	if !rs.held.page {
		return false
	}
	err := rs.report(incident).Append(rs.held.base, rand.Text())
	return err == nil
}
