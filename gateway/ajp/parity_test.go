package ajp_test

import (
	"fmt"
	"net/http"
	"testing"

	"github.com/surcoat/surcoat/gateway/ajp"
	"github.com/surcoat/surcoat/gateway/internal/paritytest"
)

func TestParity(t *testing.T) {
	for _, size := range []int{0, 65536} {
		paritytest.Run(t, front(size), nil)
	}
}

func front(packetSize int) paritytest.Front {
	return func(t *testing.T, h http.Handler, q paritytest.Request) paritytest.Answer {
		p := dial(t, serve(t, &ajp.Server{Handler: h, PacketSize: packetSize}))
		fields := append([]string{"Host: " + paritytest.Host}, q.Header...)
		length, sent := q.Length()
		if sent {
			fields = append(fields, fmt.Sprintf("Content-Length: %d", length))
		}
		p.send(packet(forward(q.Method, q.Target, fields, "")))
		body := pieces(q.Body, q.Torn)
		if length > 0 {
			p.send(body(8186))
		}
		a, _ := p.answer(q.Method, body)
		return a
	}
}

// pieces gives a body in the packets that are asked for, then an empty one; if it is torn, only
// the connection's end comes after it.
func pieces(body string, torn bool) func(n int) string {
	return func(n int) string {
		if body == "" && torn {
			return ""
		}
		n = min(n, len(body), 8186)
		s := chunk(body[:n])
		body = body[n:]
		return s
	}
}
