package fcgi_test

import (
	"io"
	"net/http"
	"testing"

	"github.com/surcoat/surcoat/gateway/fcgi"
	"github.com/surcoat/surcoat/gateway/internal/paritytest"
)

func TestParity(t *testing.T) {
	t.Parallel()
	for _, keep := range []bool{false, true} {
		t.Run(map[bool]string{false: "once", true: "kept"}[keep], func(t *testing.T) {
			t.Parallel()
			paritytest.Run(t, func(t *testing.T, h http.Handler, q paritytest.Request) paritytest.Answer {
				p := dial(t, serve(t, &fcgi.Server{Handler: h}))
				defer p.Close()
				go func() {
					_, _ = io.WriteString(p, beginning(1, keep)+stream(params, 1, pairs(q.Vars()...))+records(stdin, 1, q.Body))
					if q.Torn {
						_ = p.Conn.(interface{ CloseWrite() error }).CloseWrite()
						return
					}
					_, _ = io.WriteString(p, record(stdin, 1, ""))
				}()
				return paritytest.ReadCGI(&output{p: p}, q.Method)
			}, nil)
		})
	}
}

// output is a request's stdout until its end. An end of the connection is an error.
type output struct {
	p    *peer
	rest string
	over bool
}

func (o *output) Read(b []byte) (int, error) {
	for o.rest == "" {
		if o.over {
			return 0, io.EOF
		}
		g, err := o.p.next()
		switch {
		case err == io.EOF:
			return 0, io.ErrUnexpectedEOF
		case err != nil:
			return 0, err
		case g.kind == end:
			o.over = true
		}
		if g.kind == stdout {
			o.rest = g.content
		}
	}
	n := copy(b, o.rest)
	o.rest = o.rest[n:]
	return n, nil
}
