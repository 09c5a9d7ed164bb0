package cgitrace

import (
	"errors"
	"fmt"
	"log/slog"
	"maps"
	"net/http"
	"net/url"
	"os"
	"slices"
	"strings"

	"github.com/surcoat/surcoat/internal/errpage"
	"github.com/surcoat/surcoat/middleware/cgitrace/internal/redact"
)

// record is what is known of an incident, with the secrets masked.
type record struct {
	caught   *caught
	redact   *redact.Redactor
	text     string        // what the panic says
	request  *http.Request // a copy whose URL can be shown
	withheld string        // why a dev build shows no traceback; "" where it does
	count    int           // how often it came lately, with this one
}

// newRecord looks the request over for secrets, so that it can mask them.
func newRecord(p *Page, r *http.Request, c *caught, body []byte) *record {
	red := redact.New(p.Redact)
	red.TaintRequest(r, body)
	red.TaintEnviron(os.Environ())
	red.TaintEnviron(c.environ())
	rec := &record{caught: c, redact: red, text: c.text(red), count: p.repeats.add(c)}
	rec.mask(r)
	return rec
}

// mask masks what is known of r, and what the panic says, by the secrets that are known now.
func (rec *record) mask(r *http.Request) {
	masked := *r
	masked.URL = maskURL(rec.redact, r.URL)
	rec.request = &masked
	rec.text = rec.redact.Text(rec.text)
}

// problem is the answer to the client and the record for the log.
func (rec *record) problem() errpage.Problem {
	attrs := []slog.Attr{
		slog.String("type", fmt.Sprintf("%T", rec.caught.value)),
		slog.String("query", rec.request.URL.RawQuery),
	}
	if rec.count <= fullRecords {
		attrs = append(attrs, slog.Any("header", headerGroup{rec}), slog.String("stack", rec.caught.stack(fullFrames)))
	} else {
		attrs = append(attrs, slog.Int("repeated", rec.count), slog.String("stack", rec.caught.stack(briefFrames)))
	}
	if rec.withheld != "" {
		attrs = append(attrs, slog.String("traceback withheld", rec.withheld))
	}
	return errpage.Problem{
		Status: http.StatusInternalServerError,
		Err:    errors.New(rec.caught.opening() + rec.text),
		Attrs:  attrs,
	}
}

// headerGroup is the request's header as a group of attributes, put together when
// a handler of the log takes the record.
type headerGroup struct{ rec *record }

// LogValue implements slog.LogValuer.
func (g headerGroup) LogValue() slog.Value {
	const fields, width = 40, 512
	var attrs []slog.Attr
	h := g.rec.request.Header
	for _, name := range slices.Sorted(maps.Keys(h)) {
		if len(attrs) == fields {
			break
		}
		value := g.rec.header(name)
		if len(value) > width {
			value = strings.ToValidUTF8(value[:width], "") + "…"
		}
		attrs = append(attrs, slog.String(name, value))
	}
	return slog.GroupValue(attrs...)
}

// header is a field of the request as it may be shown, its lines joined.
func (rec *record) header(name string) string {
	value := strings.Join(rec.request.Header[name], ", ")
	if redact.Header(name) {
		return redact.Mask
	}
	return rec.redact.Value(name, value)
}

// maskURL returns u with the secrets in its path, query and authority masked.
func maskURL(red *redact.Redactor, u *url.URL) *url.URL {
	if u == nil {
		return new(url.URL)
	}
	shown := *u
	shown.User = nil
	shown.Path, shown.RawPath = red.Text(u.Path), ""
	shown.RawQuery = maskQuery(red, u.RawQuery)
	return &shown
}

// maxQuery is how much of a query is shown. Each of its pairs is searched for secrets.
const maxQuery = 16 << 10

// maskQuery works on the text of a query, so that what is shown has the order and
// the spelling of what came.
func maskQuery(red *redact.Redactor, query string) string {
	if query == "" {
		return ""
	}
	if len(query) > maxQuery {
		return maskQuery(red, query[:strings.LastIndexByte(query[:maxQuery], '&')+1]) + "…"
	}
	pairs := strings.Split(query, "&")
	for i, pair := range pairs {
		name, value, found := strings.Cut(pair, "=")
		if !found {
			pairs[i] = red.Text(pair)
			continue
		}
		plain, err := url.QueryUnescape(value)
		if err != nil {
			plain = value
		}
		plainName, err := url.QueryUnescape(name)
		if err != nil {
			plainName = name
		}
		if masked := red.Value(plainName, plain); masked != plain {
			value = url.QueryEscape(masked)
		}
		pairs[i] = red.Text(name) + "=" + value
	}
	return strings.Join(pairs, "&")
}
