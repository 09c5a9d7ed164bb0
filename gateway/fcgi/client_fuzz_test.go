package fcgi

import (
	"bufio"
	"io"
	"log/slog"
	"net/http"
	"strings"
	"testing"

	"github.com/surcoat/surcoat/gateway/internal/complaint"
	"github.com/surcoat/surcoat/gateway/internal/fieldline"
	"github.com/surcoat/surcoat/gateway/internal/upstream"
)

// What an application sends becomes an answer with a head that can be sent on and a body that ended
// where the application said so, or an error.
func FuzzClientAnswer(f *testing.F) {
	end := string(appendEnd(nil, 1, 0, statusDone))
	out := func(s string) string { return string(appendRecord(nil, stdout, 1, []byte(s)...)) }
	for _, seed := range []string{
		"", end, out("X-A: b\r\n\r\nhello") + out("") + end, out("Status: 404\n\nno") + end, out("Location: /\n\n") + end + end,
		string(appendRecord(nil, stderr, 1, []byte("oh no\n")...)) + out("X-A: b\n\nhello") + end, string(appendEnd(nil, 1, 0, statusFull)),
		out("X-A: b\n\nhello") + "\x01\x06\x00\x01\xff\xff\xff\x00", out("X-A: b\n\nhello") + string(appendRecord(nil, stdout, 2, 'x')),
	} {
		f.Add(seed)
	}
	r, _ := http.NewRequest("GET", "/", nil)
	f.Fuzz(func(t *testing.T, sent string) {
		c := &call{
			link: &upstream.Link{Reader: bufio.NewReaderSize(strings.NewReader(sent), 16<<10), Requests: 1},
			log:  complaint.New(slog.New(slog.DiscardHandler), "", r),
		}
		c.sent.Store(true)
		head, err := c.Head()
		if err != nil {
			return
		}
		for name, values := range head.Header {
			for _, value := range values {
				if !fieldline.ValidName(name) || !fieldline.ValidValue(value) {
					t.Errorf("%q: %q", name, value)
				}
			}
		}
		body, err := io.ReadAll(c)
		if len(body) > len(sent) {
			t.Errorf("%d bytes of %d", len(body), len(sent))
		}
		if err == nil && !c.ended {
			t.Error("an answer without an end is whole")
		}
		if state := c.Over(true); state == upstream.Reusable && (err != nil || c.link.Reader.Buffered() > 0) {
			t.Errorf("reusable after %v", err)
		}
	})
}
