package wsgi_test

import (
	"encoding/binary"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/surcoat/surcoat/gateway/internal/fieldline"
	"github.com/surcoat/surcoat/gateway/wsgi"
)

// told is a worker's message.
func told(kind byte, text string) string {
	return string(binary.BigEndian.AppendUint32([]byte{kind}, uint32(len(text)))) + text
}

func TestReadAnswer(t *testing.T) {
	for _, tt := range []struct{ sent, body, err string }{
		{told('H', "200 OK\nX-A\nb") + told('D', "one ") + told('D', "two") + told('E', ""), "one two", ""},
		{told('H', "200 OK") + told('e', ""), "", ""},
		{told('H', "200 OK\nX-A\n") + told('E', ""), "", ""},
		{told('H', "200 OK\nX-A") + told('E', ""), "", `the header field "X-A": ""`},
		{told('H', "200 OK\n\nb") + told('E', ""), "", `the header field "": "b"`},
		{told('H', "200 OK\nX A\nb"), "", `the header field "X A": "b"`},
		{told('H', "200 OK\nX-A\nb\rc"), "", `the header field "X-A": "b\rc"`},
		{told('H', "200 OK\nX-A\nb\x00"), "", `the header field "X-A": "b\x00"`},
		{told('H', "099 OK"), "", `the status is "099 OK"`},
		{told('H', "100 Continue"), "", `the status is "100 Continue"`},
		{told('H', "20 OK"), "", `the status is "20 OK"`},
		{told('H', "2000 OK"), "", `the status is "2000 OK"`},
		{told('H', "-20 OK"), "", `the status is "-20 OK"`},
		{told('H', ""), "", `the status is ""`},
		{told('H', "200 OK\nContent-Length\n5\ncontent-length\n5"), "", `the Content-Length "5"`},
		{told('H', "200 OK\nContent-Length\n+5"), "", `the Content-Length "+5"`},
		{told('H', "200 OK\nContent-Length\n-5"), "", `the Content-Length "-5"`},
		{told('H', "200 OK\nContent-Length\n"), "", `the Content-Length ""`},
		{told('F', "x"), "", "a file in 1 bytes"},
		{told('F', strings.Repeat("\xff", 16)), "", "a file of 18446744073709551615 bytes from 18446744073709551615"},
		{told('Z', ""), "", "a message of kind 90"},
		{told('E', "x"), "", "1 bytes in a message of kind E"},
		{"H\xff\xff\xff\xff", "", "4294967295 bytes in a message of kind H"},
		{"X\x00\x10\x00\x00", "", "1048576 bytes in a message of kind X"},
		{"H\x00\x00\x00\x05abc", "", "unexpected EOF"},
		{"D\xff\xff\xff\xffabc", "abc", "unexpected EOF"},
		{"H\x00", "", "unexpected EOF"},
		{"", "", "EOF"},
	} {
		_, _, body, err := wsgi.ReadAnswer([]byte(tt.sent))
		got := ""
		if err != nil {
			got = strings.TrimPrefix(err.Error(), "the worker's answer: ")
		}
		if got != tt.err || string(body) != tt.body {
			t.Errorf("%.60q: %q %q, want %q %q", tt.sent, body, got, tt.body, tt.err)
		}
	}
}

// What is about the connection is not the application's to say.
func TestReadAnswerHopByHop(t *testing.T) {
	_, h, _, err := wsgi.ReadAnswer([]byte(told('H', "200 OK\nTransfer-Encoding\nchunked\nX-A\nb") + told('E', "")))
	if err != nil || len(h) != 1 || h.Get("X-A") != "b" {
		t.Errorf("%v %v", h, err)
	}
}

func FuzzReadAnswer(f *testing.F) {
	f.Add([]byte(told('H', "200 OK\nX-A\nb\nContent-Length\n3") + told('D', "one") + told('E', "")))
	f.Add([]byte(told('h', "200 OK") + told('F', strings.Repeat("\x00", 16)) + told('e', "")))
	f.Add([]byte(told('X', "Traceback")))
	f.Fuzz(func(t *testing.T, sent []byte) {
		status, h, body, err := wsgi.ReadAnswer(sent)
		if len(body) > len(sent) {
			t.Errorf("%d bytes of %d", len(body), len(sent))
		}
		if err == nil && status != 0 && (status < 200 || status > 999) {
			t.Errorf("status %d", status)
		}
		for name, values := range h {
			for _, value := range values {
				if !fieldline.ValidName(name) || !fieldline.ValidValue(value) || name != http.CanonicalHeaderKey(name) || fieldline.HopByHop(name) {
					t.Errorf("%q: %q", name, value)
				}
			}
		}
	})
}

// Starts that fail come less and less often; deaths are made up for at once, but not all.
func TestRestarts(t *testing.T) {
	now := time.Unix(1_000_000_000, 0)
	r := wsgi.NewRestarts(3)
	last := time.Duration(0)
	for i := range 40 {
		d := r.Failed(now)
		if d != r.Wait(now) || d < last/3 || d > 40*time.Second || i > 10 && d < 20*time.Second {
			t.Errorf("failure %d: %s after %s", i, d, last)
		}
		last = d
		now = now.Add(d)
	}
	if r.Wait(now) != 0 {
		t.Errorf("%s left", r.Wait(now))
	}
	r.Worked()
	if d := r.Failed(now); d > time.Second {
		t.Errorf("the first failure after a success waits %s", d)
	}
	r = wsgi.NewRestarts(3)
	starts := 0
	for begun := now; now.Sub(begun) < time.Minute; now = now.Add(10 * time.Millisecond) {
		if r.Wait(now) == 0 {
			starts++
			r.Died(now)
		}
	}
	if starts < 20 || starts > 45 {
		t.Errorf("%d starts in a minute", starts)
	}
	now = now.Add(time.Minute)
	for range 3 {
		r.Died(now)
	}
	if d := r.Wait(now); d != 0 {
		t.Errorf("after a quiet minute three deaths wait %s", d)
	}
}
