package e2e_test

import (
	"fmt"
	"net/http"
	"testing"

	"github.com/chromedp/chromedp"

	"github.com/surcoat/surcoat/middleware/gzip"
)

// Events that are compressed arrive one by one, and the stream opens before there is any.
func TestEventSource(t *testing.T) {
	next := make(chan string)
	mux := http.NewServeMux()
	mux.HandleFunc("GET /{$}", func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
		fmt.Fprint(w, "<!doctype html><title>Events</title><link rel=icon href=data:,>")
	})
	mux.HandleFunc("GET /events", func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "text/event-stream")
		w.WriteHeader(http.StatusOK)
		flush := http.NewResponseController(w).Flush
		for event := ""; ; {
			if err := flush(); err != nil {
				return
			}
			select {
			case event = <-next:
			case <-r.Context().Done():
				return
			}
			fmt.Fprintf(w, "data: %s\n\n", event)
		}
	})
	for name, zip := range map[string]*gzip.Compressor{
		"in gzip": {EventStreams: true}, "padded": {EventStreams: true, Padding: 200}, "plain": {},
	} {
		t.Run(name, func(t *testing.T) {
			s := newSite(t, zip.Wrap(mux))
			p := newPerson(t)
			seen := p.traffic()
			p.goTo(s.url)
			p.run(chromedp.Evaluate[chromedp.Void](`
				window.heard = "";
				window.source = new EventSource("/events");
				source.onopen = () => heard += "open";
				source.onerror = () => heard += " error";
				source.onmessage = e => heard += " " + e.data;`))
			p.becomes("heard", "open")
			want := "open"
			for i := range 20 {
				event := fmt.Sprintf("event-%d", i)
				select {
				case next <- event:
				case <-p.ctx.Done():
					t.Fatal("the browser has gone")
				}
				want += " " + event
				p.becomes("heard", want) // before the next one is sent
			}
			coding := "gzip"
			if name == "plain" {
				coding = ""
			}
			if got := seen.open(s.url + "/events").coding; got != coding {
				t.Errorf("the stream is in %q, want %q", got, coding)
			}
			p.run(chromedp.Evaluate[chromedp.Void]("source.close()"))
			if e := s.last("/events"); e.status != http.StatusOK {
				t.Errorf("%+v", e)
			}
		})
	}
}
