package gzip

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
)

// FuzzCache: whatever a handler gives a tag to, however it cuts it, flushes, breaks off or is left by its client,
// each answer is what it wrote for that request, and what is counted is what is kept.
func FuzzCache(f *testing.F) {
	f.Add([]byte("\x00\x03abcabc"), uint16(3))
	f.Add([]byte("\x01\x20\x00\x20\x01\x1f\x01\x21"), uint16(1))
	f.Add([]byte("\x00\x01\x40\x02\x00\x03\x20\x04\x60\x05\x00\x06\x00\x07"), uint16(100))
	lines := strings.Repeat("A surcoat is worn over the mail.\n", 20)
	f.Fuzz(func(t *testing.T, script []byte, step uint16) {
		var body, tag string
		var end byte
		var leave context.CancelFunc
		c := &Cache{MaxBytes: 16 << 10, Encodings: []Encoding{verbatim{}}}
		h := (&Compressor{MinSize: 1, Cache: c, Encodings: []Encoding{verbatim{}}}).Wrap(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Cache-Control", "public")
			w.Header().Set("Content-Type", "text/plain")
			w.Header().Set("ETag", tag)
			for rest := body; rest != ""; {
				n := min(len(rest), int(step)+1)
				_, _ = io.WriteString(w, rest[:n])
				if rest = rest[n:]; len(rest) > len(body)/2 {
					continue
				}
				switch end {
				case 1:
					_ = http.NewResponseController(w).Flush()
				case 2:
					panic(http.ErrAbortHandler)
				case 3:
					leave()
					return
				}
			}
		}))
		// Each pair of bytes is a request: its tag, a change to the body and where that is, and its end.
		text := []byte(lines[:300])
		for ; len(script) >= 2; script = script[2:] {
			what, at := script[0], int(script[1])
			tag, end = fmt.Sprintf(`"%d"`, what%2), what/32%4
			switch what / 2 % 4 {
			case 1:
				text[at%len(text)]++
			case 2:
				text = text[:1+at%len(text)]
			case 3:
				text = append(text, lines[at:at+20]...)
			}
			body = string(text)
			r := httptest.NewRequest("GET", "/", nil)
			r.Header.Set("Accept-Encoding", "verbatim")
			var ctx context.Context
			ctx, leave = context.WithCancel(r.Context())
			rec, broke := httptest.NewRecorder(), false
			func() {
				defer func() { broke = recover() != nil }()
				h.ServeHTTP(rec, r.WithContext(ctx))
			}()
			leave()
			got := rec.Body.String()
			if broke != (end == 2) || end < 2 && got != body || !strings.HasPrefix(body, got) {
				t.Fatalf("%q, want %q", got, body)
			}
			c.idle(t)
		}
	})
}
