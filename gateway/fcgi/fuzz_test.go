package fcgi_test

import (
	"io"
	"net"
	"net/http"
	"runtime"
	"strings"
	"testing"

	"github.com/surcoat/surcoat/gateway/fcgi"
)

// FuzzConnection sends records that are nearly right. The connection ends, in time, and
// what comes back is records of requests that were begun. TestMain sees that nothing is left.
func FuzzConnection(f *testing.F) {
	l := listen(f)
	serveAt(f, &fcgi.Server{Handler: http.HandlerFunc(anything), MaxHeaderBytes: 500, MaxRequests: 4, MaxSpool: 10_000, SpoolDir: f.TempDir()}, l)
	for _, seed := range []string{
		"\x01\x10\x01\x14\x01\x04\x01\x05",             // a request
		"\x01\x11\x11\x02\x14\x24\x14\x24\x15\x25\x15", // two, mixed
		"\x01\x12\x14\x05\x02\x01\x13\x14\x05",
		"\x09\x0a\x0b\x0c\x0d",
		"\x01\x15\x14\x25\x35\x45\x55\x05\x01\x16\x14\x05",
		"\x01\x17\x14\x02\x02\x05\x05\x05\x01",
		"\x0e\xff\x0f\x80",
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, script []byte) {
		p := dial(t, l.Addr().String())
		defer p.Close()
		go func() {
			for _, s := range played(script) {
				if _, err := io.WriteString(p, s); err != nil {
					return
				}
			}
			_ = p.Conn.(*net.UnixConn).CloseWrite()
		}()
		for _, g := range p.rest() {
			switch {
			case g.kind == stdout, g.kind == end && len(g.content) == 8, g.kind == abort && g.content == "":
			case g.id == 0 && (g.kind == getValuesResult || g.kind == unknownType):
			default:
				t.Errorf("got %+v", g)
			}
		}
	})
}

// played makes records of a script: a byte is the type, in its lower half, and a variant, and the
// id is what the last begin had.
func played(script []byte) (sent []string) {
	id := 1
	for i := 0; i < len(script); i++ {
		kind, variant := script[i]&15, int(script[i]>>4)
		content := ""
		switch kind {
		case begin:
			id = 1 + variant%6
			content = "\x00\x01\x01\x00\x00\x00\x00\x00"
			if variant >= 12 {
				content = "\x00" + string(rune(variant-12)) + "\x00\x00\x00\x00\x00\x00"
			}
		case params:
			vars := variables("/"+string(rune('a'+variant)), strings.Repeat("b", variant*1000))
			switch variant {
			case 0:
			case 14:
				content = vars[:len(vars)/2]
			case 15:
				content = vars[len(vars)/2:]
			default:
				content = vars
			}
		case stdin:
			content = strings.Repeat("b", variant*1000)
		case getValues:
			content = pairs([2]string{"FCGI_MPXS_CONNS"})[:min(17, 17-variant%3)]
		case 14, 15: // what is no record
			sent = append(sent, string(script[i:min(len(script), i+variant)]))
			i += variant
			continue
		default:
			content = strings.Repeat("x", variant)
		}
		of := id
		if kind >= getValues && variant < 14 {
			of = 0
		}
		sent = append(sent, padded(kind, of, content, strings.Repeat("p", variant)))
	}
	return sent
}

// anything is a handler that does something else for each path.
func anything(w http.ResponseWriter, r *http.Request) {
	rc := http.NewResponseController(w)
	switch r.URL.Path {
	case "/b":
		_, _ = io.Copy(w, r.Body)
	case "/c":
		panic("c")
	case "/d":
		_, _ = io.WriteString(w, "d")
		_ = rc.Flush()
		panic("d")
	case "/e":
		<-r.Context().Done()
	case "/f":
		_ = rc.EnableFullDuplex()
		_, _ = w.Write(make([]byte, 100_000))
		_, _ = io.Copy(io.Discard, r.Body)
	case "/g":
		runtime.Goexit()
	case "/h":
		_, _ = io.ReadFull(r.Body, make([]byte, 10))
	case "/i":
		w.Header().Set("Content-Length", "10")
		_, _ = io.WriteString(w, "short")
	default:
		_, _ = io.WriteString(w, r.URL.Path)
	}
}
