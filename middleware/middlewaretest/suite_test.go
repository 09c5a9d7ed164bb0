package middlewaretest_test

import (
	"net/http"
	"testing"

	"github.com/surcoat/surcoat/internal/respond"
	"github.com/surcoat/surcoat/middleware/middlewaretest"
)

func TestNoLayer(t *testing.T) {
	middlewaretest.Run(t, func(next http.Handler) http.Handler { return next })
}

// stamped is the smallest layer on the shared writer.
type stamped struct{ respond.Writer }

func (s *stamped) Commit(int) error {
	s.Header().Set("X-Stamp", "1")
	return nil
}

func TestRespondLayer(t *testing.T) {
	middlewaretest.Run(t, func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			s := &stamped{}
			s.Init(w, s)
			next.ServeHTTP(s, r)
			s.Finish()
		})
	})
}
