package middlewaretest_test

import (
	"net/http"
	"strings"
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

func TestSharedWriter(t *testing.T) {
	middlewaretest.Run(t, func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			s := &stamped{}
			s.Init(w, s)
			next.ServeHTTP(s, r)
			s.Finish()
		})
	})
}

// TestBrokenLayers points the suite at layers that are wrong in one way each.
func TestBrokenLayers(t *testing.T) {
	t.Cleanup(func() { close(forever) })
	for _, b := range brokenLayers {
		t.Run(b.name, func(t *testing.T) {
			t.Parallel()
			// The other behaviours are left out: some wait in vain for the same fault.
			behaviours := map[string]bool{}
			for _, want := range b.want {
				behaviour, _, _ := strings.Cut(want, "/")
				behaviours[behaviour] = true
			}
			failures := middlewaretest.Failures(middlewaretest.Suite{}, b.layer, func(check string) bool {
				behaviour, _, _ := strings.Cut(check, "/")
				return !behaviours[behaviour]
			})
			found := map[string]bool{}
			for _, f := range failures {
				found[f.Check] = true
				if !strings.Contains(f.Text, "expected:") || !strings.Contains(f.Text, "happened:") {
					t.Errorf("%s does not say what was expected and what happened: %s", f.Check, f.Text)
				}
			}
			for _, want := range b.want {
				if !found[want] && !found["/HTTP1/"+want] {
					t.Errorf("%q did not fail", want)
				}
				delete(found, want)
			}
			for check := range found {
				t.Logf("also failed: %s", check)
			}
		})
	}
}
