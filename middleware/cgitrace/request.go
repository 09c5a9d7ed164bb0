//go:build dev

package cgitrace

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"mime"
	"mime/multipart"
	"net/http"
	"net/url"
	"os"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/surcoat/surcoat/middleware/cgitrace/internal/redact"
	"github.com/surcoat/surcoat/middleware/cgitrace/internal/report"
)

// request describes r. body, which may be nil, has what the handler read of its body.
func (c *collector) request(r *http.Request, body *tee) report.Request {
	shown := c.rec.request
	q := report.Request{
		Method:  r.Method,
		URL:     shown.URL.RequestURI(),
		Proto:   r.Proto,
		Host:    r.Host,
		Remote:  r.RemoteAddr,
		Pattern: r.Pattern,
		Query:   c.pairs(r.URL.Query()),
	}
	for _, name := range slices.Sorted(maps.Keys(r.Header)) {
		value := clipTo(c.rec.header(name), maxField)
		if name == "Cookie" {
			value = cookieNames(r)
		}
		q.Header = append(q.Header, report.Pair{Name: name, Value: value})
	}
	for _, line := range os.Environ() {
		name, _, _ := strings.Cut(line, "=")
		q.Environ = append(q.Environ, name)
	}
	slices.Sort(q.Environ)

	var kept []byte
	if body != nil {
		var read int64
		kept, read = body.kept()
		c.body(&q, r, kept, read)
	} else if r.ContentLength > 0 {
		q.BodyNote = fmt.Sprintf("A body of %d bytes, of which the handler read nothing.", r.ContentLength)
	}
	q.Curl = c.curl(r, q)
	return q
}

// cookieNames are the names of r's cookies; their values are secrets all.
func cookieNames(r *http.Request) string {
	var pairs []string
	for _, cookie := range r.Cookies() {
		pairs = append(pairs, cookie.Name+"="+redact.Mask)
	}
	return strings.Join(pairs, "; ")
}

func (c *collector) pairs(values url.Values) (pairs []report.Pair) {
	for _, name := range slices.Sorted(maps.Keys(values)) {
		for _, v := range values[name] {
			pairs = append(pairs, report.Pair{Name: c.red.Text(name), Value: clipTo(c.red.Value(name, v), maxField)})
		}
	}
	return pairs
}

// body describes the part of the request's body that the handler read.
func (c *collector) body(q *report.Request, r *http.Request, kept []byte, read int64) {
	switch {
	case read == 0 && r.ContentLength != 0:
		q.BodyNote = "The handler read nothing of the body."
	case read > int64(len(kept)):
		q.BodyNote = fmt.Sprintf("The first %d of %d bytes that the handler read.", len(kept), read)
	case r.ContentLength > read:
		q.BodyNote = fmt.Sprintf("The handler read %d of %d bytes.", read, r.ContentLength)
	}
	switch kind := mediaType(r); {
	case len(kept) == 0:
	case kind == "application/x-www-form-urlencoded":
		form, _ := url.ParseQuery(string(kept))
		q.Form = c.pairs(form)
	case kind == "multipart/form-data":
		q.Form = c.parts(r, kept)
	case kind == "application/json", strings.HasSuffix(kind, "+json"):
		q.Body = clipTo(c.json(kept), maxBody)
	case readable(kept):
		q.Body = clipTo(c.red.Text(string(kept)), maxBody)
	default:
		q.BodyNote = strings.TrimSpace(fmt.Sprintf("%d bytes that are no text. %s", read, q.BodyNote))
	}
}

// json indents a document, where it is whole, and masks its secrets by name.
func (c *collector) json(b []byte) string {
	var document any
	d := json.NewDecoder(bytes.NewReader(b))
	d.UseNumber()
	if d.Decode(&document) == nil {
		if masked, err := json.MarshalIndent(c.maskJSON(document), "", "  "); err == nil {
			return c.red.Text(string(masked))
		}
	}
	return c.red.Text(string(b))
}

func (c *collector) maskJSON(v any) any {
	switch v := v.(type) {
	case map[string]any:
		for name, member := range v {
			if c.red.Secret(name, "") || c.red.Secret(name, fmt.Sprint(member)) {
				v[name] = redact.Mask
			} else {
				v[name] = c.maskJSON(member)
			}
		}
	case []any:
		for i := range v {
			v[i] = c.maskJSON(v[i])
		}
	}
	return v
}

// parts are the fields of a multipart form; of files it gives name and size.
func (c *collector) parts(r *http.Request, kept []byte) (pairs []report.Pair) {
	_, params, _ := mime.ParseMediaType(r.Header.Get("Content-Type"))
	parts := multipart.NewReader(bytes.NewReader(kept), params["boundary"])
	for {
		part, err := parts.NextPart()
		if err != nil {
			return pairs
		}
		value, err := io.ReadAll(part)
		shown := clipTo(c.red.Value(part.FormName(), string(value)), maxField)
		if part.FileName() != "" {
			shown = fmt.Sprintf("file %q, %d bytes", c.red.Text(part.FileName()), len(value))
			if err != nil {
				shown += " or more"
			}
		}
		pairs = append(pairs, report.Pair{Name: c.red.Text(part.FormName()), Value: shown})
	}
}

// curl is a command that sends the request again. Secrets are masked in it: they have to
// be filled in.
func (c *collector) curl(r *http.Request, q report.Request) string {
	b := strings.Builder{}
	b.WriteString("curl -i")
	switch r.Method {
	case "GET":
	case "HEAD":
		b.WriteString(" -I")
	default:
		b.WriteString(" -X " + quote(r.Method))
	}
	for _, h := range q.Header {
		switch h.Name {
		case "Content-Length", "Connection", "Accept-Encoding", "Upgrade-Insecure-Requests", "Cache-Control", "Pragma", "Dnt", "Priority", "Te":
			continue // curl's own business, or of no weight
		case "User-Agent":
			if strings.HasPrefix(h.Value, "curl/") {
				continue
			}
		}
		if strings.HasPrefix(h.Name, "Sec-") || h.Name == "Content-Type" && mediaType(r) == "multipart/form-data" {
			continue
		}
		b.WriteString(" -H " + quote(h.Name+": "+h.Value))
	}
	switch {
	case mediaType(r) == "multipart/form-data":
		for _, f := range q.Form {
			b.WriteString(" --form-string " + quote(f.Name+"="+f.Value))
		}
	case len(q.Form) > 0:
		for _, f := range q.Form {
			b.WriteString(" --data-urlencode " + quote(f.Name+"="+f.Value))
		}
	case q.Body != "":
		b.WriteString(" --data-raw " + quote(q.Body))
	}
	scheme := "http"
	if r.TLS != nil || r.URL.Scheme == "https" {
		scheme = "https"
	}
	if strings.ContainsAny(q.URL, "[]{}") {
		b.WriteString(" -g") // or curl would take them for a range or a list of addresses
	}
	b.WriteString(" " + quote(scheme+"://"+r.Host+q.URL))
	return b.String()
}

// quote makes s one word of a POSIX shell. Control characters, which a terminal could
// act on when the line is pasted, are left out.
func quote(s string) string {
	s = strings.Map(func(r rune) rune {
		if r != '\n' && r != '\t' && unicode.IsControl(r) {
			return -1
		}
		return r
	}, s)
	return "'" + strings.ReplaceAll(s, "'", `'\''`) + "'"
}

func readable(b []byte) bool {
	return utf8.Valid(b[:max(0, len(b)-utf8.UTFMax)]) && !bytes.ContainsRune(b, 0)
}

func clipTo(s string, n int) string {
	if len(s) <= n {
		return s
	}
	return strings.ToValidUTF8(s[:n], "") + fmt.Sprintf("… (%d bytes)", len(s))
}

// mediaType is the request's, without parameters.
func mediaType(r *http.Request) string {
	kind, _, _ := mime.ParseMediaType(r.Header.Get("Content-Type"))
	return kind
}
