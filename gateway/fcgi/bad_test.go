package fcgi_test

import (
	"net/http"
	"strings"
	"testing"

	"github.com/surcoat/surcoat/gateway/fcgi"
)

// spec: bad input ends the connection and never reaches the handler. The other end waits for that,
// unless what it has sent is cut short.
func TestBadInput(t *testing.T) {
	begun := beginning(1, true)
	vars := variables("/", "")
	whole := begun + stream(params, 1, vars)
	const cut = "cut: "
	for _, tt := range []struct{ name, sent string }{
		{"HTTP", "GET / HTTP/1.1\r\nHost: h\r\n\r\n"},
		{cut + "HTTP", "GET /"},
		{"version 9", "\x09" + begun[1:]},
		{"version 9 later", whole + "\x09" + record(stdin, 1, "")[1:]},
		{"short begin", record(begin, 1, "\x00\x01\x01\x00")},
		{"empty begin", record(begin, 1, "")},
		{"long begin", record(begin, 1, "\x00\x01\x01\x00\x00\x00\x00\x00\x00")},
		{"two begins", begun + begun},
		{"two begins, variables between", whole + begun},
		{"begin flood", floods(1100, func(id int) string { return beginning(id, true) })},
		{"begin and abort flood", floods(600, func(id int) string { return beginning(id, true) + record(abort, id, "") })},
		{cut + "length past the end", begun + record(params, 1, vars)[:20]},
		{cut + "header", begun[:5]},
		{"name past the end", begun + stream(params, 1, vars+"\x05\x00HTTP")},
		{"value past the end", begun + stream(params, 1, vars+"\x00\x05HTTP")},
		{"long value past the end", begun + stream(params, 1, vars+"\x00\xff\xff\xff\xffHTTP")},
		{"length cut", begun + stream(params, 1, vars+"\x00\x80\x00")},
		{"no value's length", begun + stream(params, 1, vars+"\x00")},
		{"variables far over the limit", begun + records(params, 1, strings.Repeat("x", 3000))},
		{"variables far over the limit, and more", begun + records(params, 1, strings.Repeat("x", 300_000))},
		{"variables after their end", whole + record(params, 1, vars)},
		{"empty variables after their end", whole + record(params, 1, "")},
		{"variables without begin", record(params, 1, vars)},
		{"body before the end of the variables", begun + record(params, 1, vars) + record(stdin, 1, "x")},
		{"end of the body before the end of the variables", begun + record(params, 1, vars) + record(stdin, 1, "")},
		{"body without begin", record(stdin, 1, "x")},
		{"body after its end", whole + stream(stdin, 1, "x") + record(stdin, 1, "y")},
		{"body's end flood", begun + record(abort, 1, "") + strings.Repeat(record(stdin, 1, ""), 1100)},
		{"abort of an unknown id", record(abort, 1, "")},
		{"abort of another id", whole + record(abort, 2, "")},
		{"begin of id 0", beginning(0, true)},
		{"variables of id 0", begun + record(params, 0, vars)},
		{"body of id 0", whole + record(stdin, 0, "")},
		{"abort of id 0", whole + record(abort, 0, "")},
		{"question with an id", whole + record(getValues, 1, "")},
		{"question that is no pairs", record(getValues, 0, "\x01")},
		{"question flood", strings.Repeat(record(getValues, 0, ""), 1100)},
		{"unknown type with an id", whole + record(99, 1, "")},
		{"unknown type flood", strings.Repeat(record(99, 0, ""), 1100)},
		{"answer", whole + record(stdout, 1, "x")},
		{"error stream", whole + record(stderr, 1, "x")},
		{"end", whole + record(end, 1, "\x00\x00\x00\x00\x00\x00\x00\x00")},
		{"data of a filter", whole + record(data, 1, "x")},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			s := &fcgi.Server{MaxHeaderBytes: 1000, ReadHeaderTimeout: -1, Handler: http.HandlerFunc(func(http.ResponseWriter, *http.Request) {
				t.Error("the handler has run")
			})}
			p := dial(t, serve(t, s))
			go func() {
				_, _ = p.Write([]byte(tt.sent))
				if strings.HasPrefix(tt.name, cut) {
					_ = p.Conn.(interface{ CloseWrite() error }).CloseWrite()
				}
			}()
			for _, g := range p.rest() {
				if g.kind == stdout && !strings.HasPrefix(g.content, "Status: 503 ") && g.content != "" {
					t.Errorf("answer %q", g.content)
				}
			}
		})
	}
}

// floods is a record for each of n ids.
func floods(n int, one func(id int) string) string {
	var b strings.Builder
	for id := range n {
		b.WriteString(one(id + 1))
	}
	return b.String()
}

// What is wrong ends the requests that are being answered, too.
func TestBadInputCancels(t *testing.T) {
	gone := make(chan error, 1)
	begun := make(chan bool)
	p := dial(t, serve(t, &fcgi.Server{Handler: http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		begun <- true
		<-r.Context().Done()
		gone <- r.Context().Err()
	})}))
	p.send(request(1, true, "/", ""))
	<-begun
	p.send(record(abort, 9, ""))
	<-gone
	p.closes()
}

// A request whose variables are a little too long is answered, and the connection ends.
func TestTooLong(t *testing.T) {
	s := &fcgi.Server{MaxHeaderBytes: 1000, ReadHeaderTimeout: -1, Handler: http.HandlerFunc(func(http.ResponseWriter, *http.Request) {
		t.Error("the handler has run")
	})}
	addr := serve(t, s)
	for _, tt := range []struct{ vars, body string }{
		{variables("/"+strings.Repeat("x", 950), ""), ""},
		{variables("/"+strings.Repeat("x", 950), ""), strings.Repeat("b", 1_000_000)},
		{variables("/", "") + strings.Repeat("\x00\x00", 50), ""}, // short, but many
	} {
		p := dial(t, addr)
		sent := beginning(1, true) + stream(params, 1, tt.vars) + stream(stdin, 1, tt.body)
		go func() { _, _ = p.Write([]byte(sent)) }()
		a := p.answers(1)[1]
		if !strings.HasPrefix(a.out, "Status: 431 ") {
			t.Errorf("answer %+v", a)
		}
		p.closes()
	}
}
