package cgitrace_test

import (
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/surcoat/surcoat/internal/respond"
	"github.com/surcoat/surcoat/middleware/cgitrace"
)

// held is a layer that keeps the body back, as a compressor does, and recovers by itself.
type held struct {
	respond.Writer
	body strings.Builder
}

func (h *held) Write(p []byte) (int, error) { return h.body.Write(p) }

func TestShow(t *testing.T) {
	both(t, func(t *testing.T, h2 bool) {
		page, log := production(&cgitrace.Page{})
		s := serve(t, page.Wrap(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			inner := &held{}
			inner.Init(w, nil)
			func() {
				defer func() { cgitrace.Show(inner, r, recover()) }()
				inner.Write([]byte("half"))
				culprit(inner, r)
			}()
			if _, err := io.WriteString(w, inner.body.String()); err == nil {
				t.Error("the write after Show succeeded")
			}
			cgitrace.Show(inner, r, nil)
		})), h2)
		resp, body := get(t, s, "")
		if resp.StatusCode != 500 || strings.Contains(body, "half") || incidentNumber.FindString(body) == "" {
			t.Errorf("%d %s", resp.StatusCode, body)
		}
		recs := log.records(t)
		if len(recs) != 1 {
			t.Fatalf("logged %v", recs)
		}
		if stack := recs[0]["stack"].(string); !strings.HasPrefix(stack, "github.com/surcoat/surcoat/middleware/cgitrace_test.culprit\n") {
			t.Errorf("stack is %s", stack)
		}
	})
}

// An error that no panic brought has the stack of whoever shows it.
func TestShowError(t *testing.T) {
	page, log := production(&cgitrace.Page{})
	w, v := direct(page.Wrap(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		cgitrace.Show(w, r, errors.New("returned"))
	})))
	if v != nil || w.Code != 500 {
		t.Fatalf("%d, panicked with %v", w.Code, v)
	}
	if stack := log.records(t)[0]["stack"].(string); !strings.Contains(strings.SplitN(stack, "\n", 2)[0], "TestShowError") {
		t.Errorf("stack is %s", stack)
	}
}

func TestShowTooLate(t *testing.T) {
	page, log := production(&cgitrace.Page{})
	w, v := direct(page.Wrap(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		defer func() { cgitrace.Show(w, r, recover()) }()
		io.WriteString(w, "half")
		w.(http.Flusher).Flush()
		panic("x")
	})))
	if v != http.ErrAbortHandler || w.Body.String() != "half" || len(log.records(t)) != 1 {
		t.Errorf("panicked with %v, wrote %q, logged %v", v, w.Body, log)
	}
}

func TestShowWithoutPage(t *testing.T) {
	w := httptest.NewRecorder()
	r := httptest.NewRequest("GET", "/", nil)
	r.RemoteAddr = "203.0.113.1:1"
	cgitrace.Show(w, r, errors.New("x"))
	if w.Code != 500 || incidentNumber.FindString(w.Body.String()) == "" {
		t.Errorf("%d %s", w.Code, w.Body)
	}
	defer func() {
		if v := recover(); v != http.ErrAbortHandler {
			t.Error("http.ErrAbortHandler did not go on: ", fmt.Sprint(v))
		}
	}()
	cgitrace.Show(w, r, http.ErrAbortHandler)
}
