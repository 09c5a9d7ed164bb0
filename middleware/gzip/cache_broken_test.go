package gzip_test

import (
	"context"
	"io"
	"net/http"
	"strconv"
	"testing"

	"github.com/surcoat/surcoat/middleware/gzip"
)

// Whatever becomes of a body that goes to the Cache, or is compared with what is there: nothing is
// sent that looks whole, nothing of it is kept, and what is kept stays.
func TestCache_broken(t *testing.T) {
	half := func(w http.ResponseWriter) {
		w.Header().Set("Cache-Control", "public")
		w.Header().Set("ETag", `"v1"`)
		write(w, "text/plain; charset=utf-8", prose[:len(prose)/2])
	}
	for name, handler := range map[string]http.HandlerFunc{
		"ErrAbortHandler": func(w http.ResponseWriter, _ *http.Request) { half(w); panic(http.ErrAbortHandler) },
		"panic":           func(w http.ResponseWriter, _ *http.Request) { half(w); panic("seeded") },
		"too short": func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Length", strconv.Itoa(len(prose)))
			half(w)
		},
		"a lie, then a panic": func(w http.ResponseWriter, _ *http.Request) {
			half(w)
			_, _ = io.WriteString(w, "another text than before")
			panic(http.ErrAbortHandler)
		},
		"a flush, then a panic": func(w http.ResponseWriter, _ *http.Request) {
			half(w)
			_ = http.NewResponseController(w).Flush()
			panic(http.ErrAbortHandler)
		},
	} {
		t.Run(name, func(t *testing.T) {
			for _, first := range []bool{true, false} {
				protocols(t, func(t *testing.T, proto int) {
					better := &watched{Encoding: gzip.Gzip{}}
					s := serveWith(t, proto, caching(better), func(w http.ResponseWriter, r *http.Request) {
						if r.Header.Get("X-Break") != "" {
							handler(w, r)
						} else {
							public()(w, r)
						}
					})
					for range 2 {
						if !first {
							s.get(takesGzip).is("gzip", prose)
						}
					}
					for range 3 {
						r, _ := http.NewRequest("GET", s.server.URL, nil)
						r.Header.Set("Accept-Encoding", "gzip")
						r.Header.Set("X-Break", "1")
						res, err := s.server.Client().Do(r)
						if err != nil {
							continue
						}
						raw, err := io.ReadAll(res.Body)
						res.Body.Close()
						if body, codeErr := decode(res.Header.Get("Content-Encoding"), raw); err == nil || codeErr == nil {
							t.Errorf("status %d, a whole body of %d bytes", res.StatusCode, len(body))
						}
					}
					for range 3 {
						s.get(takesGzip).is("gzip", prose)
					}
					if n := better.ended(); n != 1 {
						t.Errorf("%d bodies went to the Cache", n)
					}
				})
			}
		})
	}
}

// As nothing has left before the handler returns, an outer layer can still answer.
func TestCache_panicIsClean(t *testing.T) {
	protocols(t, func(t *testing.T, proto int) {
		s := serveHandler(t, proto, recovering(caching(gzip.Gzip{}).Wrap(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			for range 20 {
				public()(w, r)
			}
			if r.Header.Get("X-Break") != "" {
				panic("seeded")
			}
		}))))
		for range 2 {
			a := s.get(takesGzip, "X-Break: 1")
			a.status(http.StatusInternalServerError)
			a.is("", "recovered\n")
			s.get(takesGzip).status(http.StatusOK)
		}
	})
}

// A client goes, and its handler stops in the middle without a word: that is not the body.
func TestCache_clientLeaves(t *testing.T) {
	protocols(t, func(t *testing.T, proto int) {
		better := &watched{Encoding: gzip.Gzip{}}
		begun, ended := make(chan struct{}), make(chan struct{})
		zip := caching(better).Wrap(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if r.Header.Get("X-Leave") == "" {
				public()(w, r)
				return
			}
			w.Header().Set("Cache-Control", "public")
			w.Header().Set("ETag", `"v1"`)
			write(w, "text/plain; charset=utf-8", prose[:len(prose)/2])
			begun <- struct{}{}
			<-r.Context().Done()
		}))
		s := serveHandler(t, proto, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if r.Header.Get("X-Leave") != "" {
				defer func() { ended <- struct{}{} }()
			}
			zip.ServeHTTP(w, r)
		}))
		leave := func() {
			ctx, cancel := context.WithCancel(t.Context())
			r, _ := http.NewRequestWithContext(ctx, "GET", s.server.URL, nil)
			r.Header.Set("Accept-Encoding", "gzip")
			r.Header.Set("X-Leave", "1")
			go func() { <-begun; cancel() }()
			if _, err := s.server.Client().Do(r); err == nil {
				t.Error("an answer")
			}
			<-ended
		}
		leave()
		leave()
		s.get(takesGzip).is("gzip", prose)
		leave()
		s.get(takesGzip).is("gzip", prose)
		s.get(takesGzip).is("gzip", prose)
		if n := better.ended(); n != 1 {
			t.Errorf("%d bodies went to the Cache", n)
		}
	})
}
