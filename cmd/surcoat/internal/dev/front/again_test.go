package front_test

import (
	"fmt"
	"net/http"
	"testing"
)

// A request on which the program ended is answered as what it was: HTTP/1.0 may be a
// proxy's, to which a report tells nothing.
func TestEndOfProgramKeepsVersion(t *testing.T) {
	f, addr := newFront(t, nil)
	f.Forward(at(program(t, func(w http.ResponseWriter, _ *http.Request) {
		c, _, err := http.NewResponseController(w).Hijack()
		if err != nil {
			t.Error(err)
			return
		}
		go f.Answer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { fmt.Fprint(w, r.Proto) }))
		_ = c.Close()
	})))
	c := dial(t, addr)
	c.send("GET / HTTP/1.0\r\nHost: localhost\r\n\r\n")
	if _, body := c.answer(); body != "HTTP/1.0" {
		t.Errorf("it became one of %s", body)
	}
}
