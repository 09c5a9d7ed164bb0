package middlewaretest

import (
	"fmt"
	"io"
	"net/http"
	"slices"
	"strings"
)

// interimChecks: a 1xx status other than 101 passes at once and decides nothing.
func interimChecks() []check {
	return []check{
		{name: "103 reaches the client", run: earlyHints},
		{name: "several, then another status", run: severalInterim},
		{name: "100-continue", run: continue100},
	}
}

func earlyHints(t *trial) {
	t.withCodings(func(t *trial, accept string) {
		before := make(chan []string, 1)
		s := t.serve(func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("Link", "</style.css>; rel=preload")
			before <- names(w.Header())
			w.WriteHeader(http.StatusEarlyHints)
			w.Header().Del("Link")
			w.Header().Set("X-App", "after the hints")
			plainText(w, prose)
		})
		got := s.get(accept)
		t.same(got, 200, prose, "the answer after 103")
		if got.err != nil {
			return
		}
		if len(got.interim) != 1 || got.interim[0].status != 103 || got.interim[0].header.Get("Link") == "" {
			t.failf("103 with its Link field", "early hints are worth nothing if they come with the answer", "%v", got.interim)
		}
		if got.header.Get("X-App") == "" || got.header.Get("Link") != "" {
			t.failf("the header as it stands when the answer begins", "103 commits nothing: what is set after it belongs to the answer",
				"X-App %q, Link %q", got.header.Get("X-App"), got.header.Get("Link"))
		}
		s.record().did(func(rec *record) {
			if had := <-before; !slices.Equal(rec.hinted, had) {
				t.failf(fmt.Sprintf("103 goes on with the fields that the handler has set, %q", had),
					"a layer that adds its own to the hints has taken them for the answer: what the handler does after them (to a session) is lost",
					"%q", rec.hinted)
			}
		})
		s.quiet()
	})
}

func severalInterim(t *trial) {
	s := t.serve(func(w http.ResponseWriter, r *http.Request) {
		w.WriteHeader(http.StatusProcessing)
		w.WriteHeader(http.StatusEarlyHints)
		w.Header().Set("Content-Type", "text/plain")
		w.WriteHeader(http.StatusTeapot)
		_, _ = io.WriteString(w, "short and stout")
	})
	got := s.get("")
	t.ok(got, 418, "the first final status is the status")
	var seen []int
	for _, i := range got.interim {
		seen = append(seen, i.status)
	}
	if got.err == nil && !slices.Equal(seen, []int{102, 103}) {
		t.failf("102, 103", "each interim answer passes in its order", "%v", seen)
	}
	s.record().did(func(rec *record) {
		if !slices.Equal(rec.interim, []int{102, 103}) || !slices.Equal(rec.finals, []int{418}) {
			t.failf("WriteHeader with 102, 103, then 418", "outer layers need to see them apart", "interim %v, final %v", rec.interim, rec.finals)
		}
	})
	s.quiet()
}

func continue100(t *trial) {
	seen := make(chan string, 1)
	s := t.serve(func(w http.ResponseWriter, r *http.Request) {
		b, err := io.ReadAll(r.Body)
		seen <- fmt.Sprint(len(b), err)
		plainText(w, "read")
	})
	s.client.Transport.(*http.Transport).ExpectContinueTimeout = 3 * t.suite.patience
	r := s.request("POST", "/", strings.NewReader(prose))
	r.Header.Set("Expect", "100-continue")
	got := s.do(r)
	t.same(got, 200, "read", "the client sends its body when the handler begins to read it")
	select {
	case v := <-seen:
		if want := fmt.Sprint(len(prose), nil); v != want {
			t.fail("the handler reads "+want, v, "the server sends 100 when the handler reads; the layer must hand the body on as it is")
		}
	default:
	}
	s.quiet()
}
