package errpage

import (
	"cmp"
	"context"
	"crypto/rand"
	"fmt"
	"log/slog"
	"net/http"
	"os"
	"strings"
)

// newIncident returns 50 random bits in a form that can be read out on the telephone.
// Of a million incidents in a log two have the same number once in two thousand logs;
// the time tells these apart.
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
		slog.String("method", clip(r.Method, 32)),
		slog.String("host", clip(r.Host, 256)),
		slog.String("path", clip(r.URL.Path, 1024)),
		slog.String("remote", r.RemoteAddr),
	}
	if p.Err != nil {
		attrs = append(attrs, slog.Any("error", p.Err))
	}
	// The request's own context may be cancelled already; handlers of logs read values from it.
	ctx := context.WithoutCancel(r.Context())
	site.log(ctx, level, "request failed", append(attrs, p.Attrs...)...)
	return incident
}

// log writes a record, to the standard error where the site's own handler of logs
// panics: the client is to be answered whatever becomes of the log.
func (s Site) log(ctx context.Context, level slog.Level, msg string, attrs ...slog.Attr) {
	defer func() {
		if v := recover(); v != nil {
			attrs = append(attrs, slog.String("logger panicked", fmt.Sprintf("%T", v)))
			slog.New(slog.NewTextHandler(os.Stderr, nil)).LogAttrs(ctx, level, msg, attrs...)
		}
	}()
	cmp.Or(s.Logger, slog.Default()).LogAttrs(ctx, level, msg, attrs...)
}

// clip keeps what a client sent from filling the log.
func clip(s string, most int) string {
	if len(s) <= most {
		return s
	}
	return strings.ToValidUTF8(s[:most], "") + "…"
}
