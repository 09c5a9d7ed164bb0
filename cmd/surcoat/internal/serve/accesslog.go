package serve

import (
	"log/slog"
	"net/http"
	"time"

	"github.com/surcoat/surcoat/internal/respond"
)

// accessLog writes a line for each request when its answer has ended.
type accessLog struct {
	next http.Handler
	log  *slog.Logger
}

// logged is a response whose status is looked at.
type logged struct{ respond.Writer }

// wrap is the layer.
func (l accessLog) wrap(next http.Handler) http.Handler { return accessLog{next, l.log} }

func (l accessLog) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	begun, target := time.Now(), r.URL.RequestURI()
	rs := &logged{}
	rs.Init(w, nil)
	whole := false
	defer func() {
		status := slog.Int("status", rs.Status())
		if !whole {
			status = slog.String("status", "broken off")
		}
		l.log.LogAttrs(r.Context(), slog.LevelInfo, "request",
			slog.String("client", r.RemoteAddr), slog.String("method", r.Method), slog.String("host", r.Host), slog.String("target", target),
			status, slog.Duration("took", time.Since(begun).Round(time.Microsecond)))
	}()
	l.next.ServeHTTP(rs, r)
	rs.Finish()
	whole = true
}
