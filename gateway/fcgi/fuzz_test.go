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

// FuzzConnection sends records that are nearly right. The connection ends, in time, and what comes
// back is records of requests that were begun. TestMain sees that nothing is left.
func FuzzConnection(f *testing.F) {
	l := listen(f)
	serveAt(f, &fcgi.Server{Handler: http.HandlerFunc(anything), MaxHeaderBytes: 500, MaxRequests: 4, MaxSpool: 10_000, SpoolDir: f.TempDir()}, l)
	for _, seed := range []string{
		"", "\x00", "\x01\x11\x21\x31\x41\x51\x61\x71\x81", "\x12\x13\x13\x04", "\x42\x52\x13\x05\x15", "\x08\x38\x56\x67",
		"\x29\x09\x39\x00", "\x01\x0b\x01", "\x00\x4c", "\x00\x9d", "\xffGET / HTTP/1.1", "\x12\x3a\x12",
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

// played makes records of a script. Each of its bytes is a step, in the lower half, and a variant
// of it; most steps alone are right.
func played(script []byte) (sent []string) {
	id := 0
	for i := 0; i < len(script); i++ {
		step, variant := script[i]&15, int(script[i]>>4)
		path := "/" + string(rune('a'+variant))
		body := strings.Repeat("b", 1+variant*3000)
		switch step {
		case 0:
			id++
			sent = append(sent, request(id, true, path, ""))
		case 1:
			id++
			sent = append(sent, request(id, true, path, body))
		case 2: // its body comes later, or never
			id++
			sent = append(sent, beginning(id, true)+stream(params, id, variables(path, body)))
		case 3:
			sent = append(sent, padded(stdin, id, body[:len(body)/3], strings.Repeat("p", variant)))
		case 4:
			sent = append(sent, record(stdin, max(1, id-variant), ""))
		case 5:
			sent = append(sent, record(abort, max(1, id-variant), ""))
		case 6:
			sent = append(sent, record(getValues, 0, pairs([2]string{"FCGI_MPXS_CONNS"})))
		case 7:
			sent = append(sent, record(100, 0, path))
		case 8: // variables in two parts, with another request between
			id += 2
			vars := variables(path, "")
			sent = append(sent, beginning(id-1, true)+record(params, id-1, vars[:variant]), request(id, true, path, body),
				record(params, id-1, vars[variant:])+record(params, id-1, "")+record(stdin, id-1, ""))
		case 9:
			id++
			sent = append(sent, record(begin, id, "\x00"+string(rune(variant))+"\x01\x00\x00\x00\x00\x00"))
		case 10:
			id = max(1, id-variant)
		case 11:
			sent = append(sent, request(id+1, false, path, body))
		case 12, 13: // of any type, for any request
			kind := byte(variant)
			sent = append(sent, record(kind, id*int(13-step), path))
		default: // what is no record
			sent = append(sent, string(script[i:min(len(script), i+variant)]))
			i += variant
		}
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
