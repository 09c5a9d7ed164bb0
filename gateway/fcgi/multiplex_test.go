package fcgi_test

import (
	"fmt"
	"hash/crc32"
	"io"
	"net/http"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/surcoat/surcoat/gateway/fcgi"
)

// held is a handler whose POSTs wait for release and then say what their body was.
type held struct {
	release chan bool
	begun   chan bool
}

func newHeld() *held { return &held{make(chan bool), make(chan bool, 1000)} }

func (h *held) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if r.Method == http.MethodPost || r.URL.Path == "/wait" {
		h.begun <- true
		<-h.release
	}
	sum := crc32.NewIEEE()
	n, err := io.Copy(sum, r.Body)
	fmt.Fprintf(w, "%s %d %x %v", r.Method, n, sum.Sum32(), err)
}

func (h *held) want(body string) string {
	return fmt.Sprintf("POST %d %x <nil>", len(body), crc32.ChecksumIEEE([]byte(body)))
}

// large is a body with no two parts alike.
func large(n int) string {
	var b strings.Builder
	for i := 0; b.Len() < n; i++ {
		fmt.Fprintf(&b, "%d,", i)
	}
	return b.String()[:n]
}

// spec: one unread POST does not block the others. Its body stays whole.
func TestUnreadDoesNotBlock(t *testing.T) {
	t.Parallel()
	body := large(5_000_000)
	for _, asks := range []bool{true, false} {
		t.Run(fmt.Sprintf("asks %v", asks), func(t *testing.T) {
			dir := t.TempDir()
			h := newHeld()
			p := dial(t, serve(t, &fcgi.Server{Handler: h, SpoolDir: dir}))
			if asks {
				p.send(record(getValues, 0, pairs([2]string{"FCGI_MPXS_CONNS"})))
				p.mustNext()
			}
			done := make(chan bool)
			go func() {
				defer close(done)
				_, _ = io.WriteString(p, beginning(1, true)+stream(params, 1, variables("/", body))+records(stdin, 1, body[:4_000_000]))
			}()
			<-h.begun
			<-done
			p.send(request(2, true, "/", ""))
			if got := p.answer(2); got != "GET 0 0 <nil>" {
				t.Errorf("got %q", got)
			}
			h.release <- true
			p.send(stream(stdin, 1, body[4_000_000:]))
			if got := p.answer(1); got != h.want(body) {
				t.Errorf("got %q, want %q", got, h.want(body))
			}
			if left, err := os.ReadDir(dir); err != nil || len(left) > 0 {
				t.Errorf("left %v, %v", left, err)
			}
		})
	}
}

// A body that is not read has bounds: the rest waits, and comes.
func TestMaxSpool(t *testing.T) {
	t.Parallel()
	body := large(3_000_000)
	for _, most := range []int64{-1, 100_000} {
		h := newHeld()
		l := &counted{Listener: listen(t)}
		s := &fcgi.Server{Handler: h, MaxSpool: most, SpoolDir: t.TempDir()}
		serveAt(t, s, l)
		p := dial(t, l.Addr().String())
		p.send(record(getValues, 0, pairs([2]string{"FCGI_MPXS_CONNS"})))
		p.mustNext()
		go func() { _, _ = io.WriteString(p, request(1, true, "/", body)) }()
		<-h.begun
		l.settle()
		if got, bound := l.read.Load(), max(most, 0)+200_000; got > bound {
			t.Errorf("MaxSpool %d: %d bytes were read, more than %d", most, got, bound)
		}
		h.release <- true
		if got := p.answer(1); got != h.want(body) {
			t.Errorf("got %q, want %q", got, h.want(body))
		}
	}
}

// Many such bodies have a bound together: clients that send to handlers which do not read must not
// fill the disk.
func TestMaxSpoolTotal(t *testing.T) {
	t.Parallel()
	const many = 10
	body := large(500_000)
	h := newHeld()
	l := &counted{Listener: listen(t)}
	serveAt(t, &fcgi.Server{Handler: h, MaxSpoolTotal: 1_000_000, SpoolDir: t.TempDir()}, l)
	peers := make([]*peer, many)
	for i := range peers {
		peers[i] = dial(t, l.Addr().String())
		peers[i].send(record(getValues, 0, pairs([2]string{"FCGI_MPXS_CONNS"})))
		peers[i].mustNext()
		go func() { _, _ = io.WriteString(peers[i], request(1, true, "/", body)) }()
		<-h.begun
	}
	l.settle()
	if got, bound := l.read.Load(), int64(1_000_000+many*200_000); got > bound {
		t.Errorf("%d bytes were read, more than %d", got, bound)
	}
	for range peers {
		h.release <- true
	}
	for _, p := range peers {
		if got := p.answer(1); got != h.want(body) {
			t.Errorf("got %q, want %q", got, h.want(body))
		}
	}
}

// A handler whose body cannot be kept gets an error, and the others their answers.
func TestSpoolFails(t *testing.T) {
	t.Parallel()
	h := newHeld()
	p := dial(t, serve(t, &fcgi.Server{Handler: h, SpoolDir: t.TempDir() + "/missing"}))
	p.send(record(getValues, 0, pairs([2]string{"FCGI_MPXS_CONNS"})))
	p.mustNext()
	p.send(request(1, true, "/", large(1_000_000)) + request(2, true, "/", ""))
	if got := p.answer(2); got != "GET 0 0 <nil>" {
		t.Errorf("got %q", got)
	}
	h.release <- true
	if got := p.answer(1); !strings.Contains(got, "keeping a body that is not read: open ") {
		t.Errorf("got %q", got)
	}
}

// Bodies that were not read do not disturb what follows.
func TestUnreadKept(t *testing.T) {
	t.Parallel()
	p := dial(t, serve(t, &fcgi.Server{Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch r.URL.Path {
		case "/some":
			_, _ = io.ReadFull(r.Body, make([]byte, 10))
		case "/close":
			_ = r.Body.Close()
		}
		_, _ = io.WriteString(w, r.URL.Path)
	})}))
	body := large(3_000_000)
	go func() {
		for range 5 {
			for i, path := range []string{"/unread", "/some", "/close"} {
				for j, n := range []int{1, 5000, 100_000, 300_000, 3_000_000} {
					_, _ = io.WriteString(p, request(100*i+j+1, true, path, body[:n]))
				}
			}
		}
	}()
	for range 5 {
		for id, a := range p.answers(15) {
			if want := []string{"/unread", "/some", "/close"}[id/100]; !strings.HasSuffix(a.out, "\r\n\r\n"+want) {
				t.Errorf("%d: %q", id, a.out)
			}
		}
	}
}

// The last request's body is taken to its end, or the server in front might not get the answer.
func TestUnreadLast(t *testing.T) {
	t.Parallel()
	p := dial(t, serve(t, &fcgi.Server{Handler: http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		_, _ = io.WriteString(w, "unread")
	})}))
	body := large(3_000_000)
	p.send(beginning(1, false) + stream(params, 1, variables("/", body)))
	if got := p.answer(1); got != "unread" {
		t.Errorf("got %q", got)
	}
	p.send(stream(stdin, 1, body))
}

// What comes for a request that was answered in the middle of a record is not put where another's
// body is.
func TestRecordCut(t *testing.T) {
	h := newHeld()
	addr := serve(t, &fcgi.Server{Handler: h})
	first := dial(t, serve(t, &fcgi.Server{Handler: http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		_ = http.NewResponseController(w).EnableFullDuplex()
	})}))
	second := dial(t, addr)
	body := strings.Repeat("b", 1000)
	for range 50 {
		vars := pairs([2]string{"REQUEST_METHOD", "POST"}, [2]string{"REQUEST_URI", "/"}, [2]string{"CONTENT_LENGTH", "1000000"})
		half := record(stdin, 1, strings.Repeat("a", 2000))
		first.send(beginning(1, true) + stream(params, 1, vars) + half[:1000])
		first.answer(1)
		second.send(request(1, true, "/", body))
		<-h.begun
		first.send(half[1000:])
		first.send(record(getValues, 0, ""))
		first.mustNext()
		h.release <- true
		if got := second.answer(1); got != h.want(body) {
			t.Fatalf("got %q", got)
		}
	}
}

// What is still sent of a request that was answered is not taken for anything else.
func TestLateBody(t *testing.T) {
	p := dial(t, serve(t, &fcgi.Server{Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		_ = http.NewResponseController(w).EnableFullDuplex()
		_, _ = io.WriteString(w, r.URL.Path)
	})}))
	vars := pairs([2]string{"REQUEST_METHOD", "POST"}, [2]string{"REQUEST_URI", "/1"}, [2]string{"CONTENT_LENGTH", "1000000"})
	p.send(beginning(1, true) + stream(params, 1, vars) + record(stdin, 1, "some"))
	if got := p.answer(1); got != "/1" {
		t.Errorf("got %q", got)
	}
	p.send(record(stdin, 1, "more") + record(abort, 1, "") + record(stdin, 1, "and more") + request(2, true, "/2", ""))
	if got := p.answer(2); got != "/2" {
		t.Errorf("got %q", got)
	}
	p.send(record(stdin, 1, "end") + record(stdin, 1, "") + record(stdin, 1, ""))
	p.send(request(1, true, "/3", ""))
	if got := p.answer(1); got != "/3" {
		t.Errorf("got %q", got)
	}
}

// While a handler is busy with a request that came alone, others are answered.
func TestSlowDoesNotBlock(t *testing.T) {
	t.Parallel()
	h := newHeld()
	p := dial(t, serve(t, &fcgi.Server{Handler: h}))
	for range 3 {
		for id := 1; id <= 3; id++ {
			p.send(request(id, true, "/wait", ""))
			<-h.begun
		}
		p.send(request(4, true, "/", ""))
		p.answer(4)
		for range 3 {
			h.release <- true
		}
		if got := p.answers(3); len(got) != 3 {
			t.Errorf("got %v", got)
		}
	}
}

func TestMaxRequests(t *testing.T) {
	h := newHeld()
	p := dial(t, serve(t, &fcgi.Server{Handler: h, MaxRequests: 3}))
	for id := 1; id <= 3; id++ {
		p.send(request(id, true, "/wait", ""))
		<-h.begun
	}
	for id := 4; id <= 6; id++ {
		p.send(request(id, true, "/", "body"))
		if a := p.answers(1)[id]; !strings.HasPrefix(a.out, "Status: 503 ") || a.ended != "\x00\x00\x00\x00\x02\x00\x00\x00" {
			t.Errorf("answer %+v", a)
		}
	}
	h.release <- true
	p.answers(1)
	p.send(request(7, true, "/", ""))
	p.answer(7)
	for range 2 {
		h.release <- true
	}
	p.answers(2)
}

// Without multiplexing a second request at once is refused. One at a time is never one too many.
func TestOneRequest(t *testing.T) {
	t.Parallel()
	h := newHeld()
	p := dial(t, serve(t, &fcgi.Server{Handler: h, MaxRequests: 1}))
	p.send(request(1, true, "/wait", ""))
	<-h.begun
	p.send(request(2, true, "/", ""))
	if a := p.answers(1)[2]; !strings.HasPrefix(a.out, "Status: 503 ") || a.ended != "\x00\x00\x00\x00\x01\x00\x00\x00" {
		t.Errorf("answer %+v", a)
	}
	h.release <- true
	p.answer(1)
	p = dial(t, serve(t, &fcgi.Server{Handler: http.HandlerFunc(echo), MaxRequests: 1}))
	for i := range 1000 {
		p.send(request(1, true, "/", strings.Repeat("x", i%2*10_000+1)))
		p.answer(1)
	}
}

// settle waits until nothing is read any more.
func (l *counted) settle() {
	for last := int64(-1); last != l.read.Load(); time.Sleep(100 * time.Millisecond) {
		last = l.read.Load()
	}
}
