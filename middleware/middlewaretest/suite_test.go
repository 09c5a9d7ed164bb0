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

// traceback is a development error page at its simplest: it shows itself in place of an
// answer that has not begun, and at the end of HTML that has.
func traceback(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		p := passing(w)
		defer func() {
			v := recover()
			switch h := p.Header(); {
			case v == nil:
			case v == http.ErrAbortHandler:
				panic(v)
			case p.Status() == 0:
				http.Error(w, "traceback", http.StatusInternalServerError)
			case strings.HasPrefix(h.Get("Content-Type"), "text/html") && h.Get("Content-Length") == "":
				_, _ = p.WriteString("<pre>traceback</pre>")
			default:
				panic(http.ErrAbortHandler)
			}
		}()
		next.ServeHTTP(&p, r)
	})
}

// TestAppendsToHTML: the exception is for HTML only, and only where it is asked for.
func TestAppendsToHTML(t *testing.T) {
	onlyPanics := func(check string) bool { return !strings.HasPrefix(check, "3 panic/") }
	if got := middlewaretest.Failures(middlewaretest.Suite{AppendsToHTML: true}, traceback, onlyPanics); len(got) > 0 {
		t.Errorf("with the exception: %v", got)
	}
	found := map[string]bool{}
	for _, f := range middlewaretest.Failures(middlewaretest.Suite{}, traceback, onlyPanics) {
		found[f.Check] = true
	}
	if len(found) != 1 || !found["3 panic/in HTML after Flush"] {
		t.Errorf("without the exception %v failed", found)
	}
}
