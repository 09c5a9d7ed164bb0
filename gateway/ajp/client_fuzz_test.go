package ajp

import (
	"bufio"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"

	"github.com/surcoat/surcoat/gateway/internal/fieldline"
	"github.com/surcoat/surcoat/gateway/internal/pool"
	"github.com/surcoat/surcoat/gateway/internal/upstream"
)

// deaf is a connection that takes what is written.
type deaf struct{ net.Conn }

func (deaf) Write(p []byte) (int, error) { return len(p), nil }

// What a container sends becomes an answer with a head that can be sent on and a body that ended
// where the container said so, or an error.
func FuzzClientAnswer(f *testing.F) {
	const head, end = "AB\x00\x0f\x04\x00\xc8\x00\x02OK\x00\x00\x01\xa0\x03\x00\x015\x00", "AB\x00\x02\x05\x01"
	for _, seed := range []string{
		"", end, head + end, head + "AB\x00\x09\x03\x00\x05hello\x00" + end, head + "AB\x00\x03\x06\x10\x00" + end,
		"AB\x00\x03\x06\x10\x00" + head + "AB\x00\x04\x03\x00\x00\x00" + end + end, head + head, "AB\xff\xff\x04",
	} {
		f.Add(seed)
	}
	r, _ := http.NewRequest("GET", "/", nil)
	f.Fuzz(func(t *testing.T, sent string) {
		link := &upstream.Link{
			Conn: &pool.Conn{Conn: deaf{}}, Reader: bufio.NewReaderSize(strings.NewReader(sent), 16<<10), Requests: 1,
		}
		c := newCall(&Client{}, link, r, nil)
		if err := c.Begin(false); err != nil {
			t.Fatal(err)
		}
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
		if err == nil && !c.done {
			t.Error("an answer without an end is whole")
		}
		if state := c.Over(true); state == upstream.Reusable && (err != nil || link.Reader.Buffered() > 0) {
			t.Errorf("reusable after %v", err)
		}
	})
}
