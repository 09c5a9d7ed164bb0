package fcgi_test

import (
	"errors"
	"io"
	"net"
	"net/http"
	"os"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/surcoat/surcoat/gateway/fcgi"
	"github.com/surcoat/surcoat/gateway/internal/paritytest"
)

// pipe is a listener with one connection, which goes by synctest's clock.
type pipe struct {
	conn chan net.Conn
	once sync.Once
	done chan struct{}
}

func (l *pipe) Accept() (net.Conn, error) {
	select {
	case c := <-l.conn:
		return c, nil
	case <-l.done:
		return nil, net.ErrClosed
	}
}

func (l *pipe) Close() error {
	l.once.Do(func() { close(l.done) })
	return nil
}

func (*pipe) Addr() net.Addr { return &net.UnixAddr{Name: "pipe", Net: "unix"} }

// overPipe runs use in a bubble, with a connection to s. What s sends comes to records.
func overPipe(t *testing.T, s *fcgi.Server, use func(c net.Conn, records <-chan got)) {
	synctest.Test(t, func(t *testing.T) {
		s.Logger = paritytest.Silent
		client, server := net.Pipe()
		l := &pipe{conn: make(chan net.Conn, 1), done: make(chan struct{})}
		l.conn <- server
		served := make(chan error, 1)
		go func() { served <- s.Serve(l) }()
		records := make(chan got, 1000)
		go func() {
			defer close(records)
			p := newPeer(t, client)
			for {
				g, err := p.next()
				if err != nil {
					return
				}
				records <- g
			}
		}()
		use(client, records)
		_ = client.Close()
		_ = s.Close()
		if err := <-served; !errors.Is(err, http.ErrServerClosed) {
			t.Errorf("Serve: %v", err)
		}
		time.Sleep(time.Minute) // for handlers that do
	})
}

// until returns how long it takes for the connection to end.
func until(records <-chan got) time.Duration {
	start := time.Now()
	for range records {
	}
	return time.Since(start)
}

func TestTimeouts(t *testing.T) {
	t.Parallel()
	limits := func() *fcgi.Server {
		return &fcgi.Server{
			ReadHeaderTimeout: 3 * time.Second, IdleTimeout: 7 * time.Second,
			Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				if r.URL.Path == "/slow" {
					time.Sleep(20 * time.Second)
				}
				_, _ = io.WriteString(w, "hello")
			}),
		}
	}
	half := beginning(9, true) + record(params, 9, variables("/", ""))
	for _, row := range []struct {
		name string
		sent []string // a second apart
		want time.Duration
	}{
		{"nothing sent", nil, 3 * time.Second},
		{"idle", []string{request(1, true, "/", "")}, 7*time.Second - time.Second},
		{"slow head", []string{half}, 2 * time.Second},
		{"slow second head", []string{request(1, true, "/", ""), half}, 2 * time.Second},
		{"slow head while another is answered", []string{request(1, true, "/slow", ""), half}, 2 * time.Second},
		{"slow head that came first", []string{half + request(1, true, "/slow", "")}, 2 * time.Second},
		{"slow head with quick others", []string{request(1, true, "/slow", "") + half, request(2, true, "/", ""), request(3, true, "/", "")}, 0},
		{"slow head that gets complete", []string{request(1, true, "/slow", "") + half, record(params, 9, "") + record(stdin, 9, "")}, 25 * time.Second},
	} {
		t.Run(row.name, func(t *testing.T) {
			overPipe(t, limits(), func(c net.Conn, records <-chan got) {
				for _, s := range row.sent {
					_, _ = io.WriteString(c, s)
					time.Sleep(time.Second)
				}
				if got := until(records); got != row.want {
					t.Errorf("ended after %v, want %v", got, row.want)
				}
			})
		})
	}
}

// The times for a body and an answer are a request's own.
func TestRequestTimeouts(t *testing.T) {
	t.Parallel()
	type result struct {
		path  string
		after time.Duration
		err   error
	}
	var results chan result
	s := &fcgi.Server{
		ReadTimeout: 5 * time.Second, WriteTimeout: 2 * time.Second,
		Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			start := time.Now()
			var err error
			switch r.URL.Path {
			case "/read":
				_, err = io.Copy(io.Discard, r.Body)
			case "/late":
				time.Sleep(3 * time.Second)
				_, _ = io.WriteString(w, strings.Repeat("x", 10_000))
				err = http.NewResponseController(w).Flush()
			case "/longer":
				_ = http.NewResponseController(w).SetReadDeadline(start.Add(8 * time.Second))
				_, err = io.Copy(io.Discard, r.Body)
			}
			results <- result{r.URL.Path, time.Since(start), err}
		}),
	}
	overPipe(t, s, func(c net.Conn, _ <-chan got) {
		results = make(chan result, 10) // of this bubble
		open := func(id int, path string) {
			_, _ = io.WriteString(c, beginning(id, true)+stream(params, id, variables(path, "body"))+record(stdin, id, "b"))
		}
		open(1, "/read")
		open(2, "/longer")
		time.Sleep(time.Second)
		open(3, "/read")
		_, _ = io.WriteString(c, request(4, true, "/late", ""))
		for _, want := range []result{
			{"/late", 3 * time.Second, os.ErrDeadlineExceeded},
			{"/read", 5 * time.Second, os.ErrDeadlineExceeded},
			{"/read", 5 * time.Second, os.ErrDeadlineExceeded},
			{"/longer", 8 * time.Second, os.ErrDeadlineExceeded},
		} {
			if got := <-results; got.path != want.path || got.after != want.after || !errors.Is(got.err, want.err) {
				t.Errorf("got %v, want %v", got, want)
			}
		}
	})
}

// An answer that nobody reads ends with its time, and the connection with it.
func TestWriteTimeout(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		ended := make(chan error, 1)
		s := &fcgi.Server{WriteTimeout: 2 * time.Second, Logger: paritytest.Silent, Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			_, err := w.Write(make([]byte, 100_000))
			ended <- err
		})}
		client, server := net.Pipe()
		l := &pipe{conn: make(chan net.Conn, 1), done: make(chan struct{})}
		l.conn <- server
		go func() { _ = s.Serve(l) }()
		start := time.Now()
		_, _ = io.WriteString(client, request(1, true, "/", ""))
		_, _ = io.ReadFull(client, make([]byte, 1000))
		if err := <-ended; !errors.Is(err, os.ErrDeadlineExceeded) || time.Since(start) != 2*time.Second {
			t.Errorf("%v after %v", err, time.Since(start))
		}
		if _, err := client.Read(make([]byte, 1)); err != io.EOF {
			t.Error(err)
		}
		_ = s.Close()
	})
}
