package wsgi_test

import (
	"fmt"
	"log/slog"
	"strings"
	"testing"
	"time"

	"github.com/surcoat/surcoat/gateway/wsgi"
)

// A worker that does not keep to the protocol is killed, and its client gets no more of it than was
// right. 0: the answer is torn.
func TestForgedAnswers(t *testing.T) {
	s := serve(t, &wsgi.App{Module: "process", Processes: 8, AnswerTimeout: time.Second})
	slog.SetDefault(s.app.Logger)
	ok := told('H', "200 OK")
	for _, tt := range []struct {
		sent, body string
		status     int
		logged     string
	}{
		{told('H', "099 Low"), "", 502, "the status is"},
		{told('H', "200 OK\nX-A\nb\rSet-Cookie: c"), "", 502, "the header field"},
		{told('H', "200 OK\nX-A\nb\nX-B"), "", 502, "the header field"},
		{"H\xff\xff\xff\xff", "", 502, "4294967295 bytes in a message of kind H"},
		{"X\x7f\xff\xff\xff", "", 502, "2147483647 bytes in a message of kind X"},
		{told('D', "hello"), "", 502, "a message of kind D before the head"},
		{told('E', ""), "", 502, "a message of kind E before the head"},
		{told('I', ""), "", 502, "idle in the midst of an answer"},
		{told('W', ""), "", 502, "more of a body is wanted than there is"},
		{told('Q', "hello"), "", 502, "a message of kind 81"},
		{told('h', "200 OK\nContent-Length\n3") + told('F', strings.Repeat("\x00", 16)), "", 502, "a file of 0 bytes for a Content-Length of 3"},
		{told('h', "200 OK") + told('F', strings.Repeat("\xff", 16)), "", 502, "a file of 18446744073709551615 bytes"},
		{told('h', "200 OK") + told('D', "hello"), "", 502, "a message of kind D where a file should be"},

		{ok + told('D', "hello") + told('H', "200 OK"), "", 0, "a message of kind H in the answer's body"},
		{told('H', "200 OK\nContent-Length\n9") + told('D', "hello") + told('E', ""), "", 0, "shorter than its Content-Length"},
		{told('H', "200 OK\nContent-Length\n5") + told('D', "hello, you") + told('E', ""), "hello", 200, ""},
		{ok + told('D', "hello") + told('E', "") + ok + told('D', "for another") + told('E', ""), "hello", 200, ""},
	} {
		before := s.log.count(tt.logged)
		a := s.get(t, "/forge?"+fmt.Sprintf("%x", tt.sent))
		if torn := a.err != nil; torn != (tt.status == 0) || !torn && a.status != tt.status || a.status == 200 && !torn && a.body != tt.body {
			t.Errorf("%.50q: %d %q %v", tt.sent, a.status, a.body, a.err)
		}
		if tt.logged != "" {
			s.log.await(t, before+1, tt.logged)
		}
		if a := s.get(t, "/"); a.body != "hello" {
			t.Errorf("the next request gets %d %q %v", a.status, a.body, a.err)
		}
	}
	if strings.Contains(s.log.String(), "panic") {
		t.Error("something panics")
	}
}
