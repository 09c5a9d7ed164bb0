// Echo is the program of the matrix: it says in JSON what it sees of a request, or does what the
// field X-Do asks for.
package main

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/json"
	"flag"
	"fmt"
	"io"
	"log"
	"log/slog"
	"net/http"
	"os"
	"os/signal"
	"path/filepath"
	"strconv"
	"syscall"
	"time"

	"github.com/surcoat/surcoat/gateway"
)

func main() {
	listen := flag.String("listen", "", "URL to serve at")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	server := &gateway.Server{
		Handler: http.HandlerFunc(serve), URL: *listen, Mount: os.Getenv("ECHO_MOUNT"),
		Logger: slog.New(slog.NewTextHandler(os.Stderr, nil)),
	}
	if err := server.Serve(ctx); err != nil {
		log.Fatal(err)
	}
}

func serve(w http.ResponseWriter, r *http.Request) {
	what := r.Header.Get("X-Do")
	if what == "" {
		echo(w, r)
		return
	}
	do, ok := deeds[what]
	if !ok {
		http.Error(w, "no such deed: "+what, http.StatusNotImplemented)
		return
	}
	do(w, r)
}

// Seen is what the handler sees of a request.
type Seen struct {
	Method, RequestURI, Proto    string
	Path, RawPath, RawQuery, URL string
	ForceQuery                   bool
	Host, RemoteAddr, Prefix     string
	TLS, Close                   bool
	ContentLength                int64
	TransferEncoding             []string
	Header, Trailer              http.Header
	Body, BodyError              string
	User, AuthType               string
	ProxyVariable                string // HTTP_PROXY, of httpoxy
}

func see(r *http.Request) Seen {
	body := sha256.New()
	n, err := io.Copy(body, r.Body)
	s := Seen{
		Method: r.Method, RequestURI: r.RequestURI, Proto: r.Proto,
		Path: r.URL.Path, RawPath: r.URL.RawPath, RawQuery: r.URL.RawQuery, URL: r.URL.String(), ForceQuery: r.URL.ForceQuery,
		Host: r.Host, RemoteAddr: r.RemoteAddr, Prefix: gateway.Prefix(r.Context()),
		TLS: r.TLS != nil, Close: r.Close,
		ContentLength: r.ContentLength, TransferEncoding: r.TransferEncoding,
		Header: r.Header, Trailer: r.Trailer,
		Body: fmt.Sprintf("%d bytes, %x", n, body.Sum(nil)[:4]),
	}
	if err != nil {
		s.BodyError = err.Error()
	}
	s.User, s.AuthType = gateway.RemoteUser(r)
	s.ProxyVariable = os.Getenv("HTTP_PROXY")
	return s
}

func echo(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("Content-Type", "application/json")
	_ = json.NewEncoder(w).Encode(see(r))
}

// note leaves word for the test of what happened to a request, in a file: a CGI program has
// nothing else that lasts.
func note(r *http.Request, what string) { leave(file(r), what) }

// say is note of no more than that something is so.
func say(r *http.Request, word string) { leave(file(r)+"."+word, "") }

func file(r *http.Request) string {
	return filepath.Join(os.Getenv("ECHO_DIR"), filepath.Base(r.Header.Get("X-Id")))
}

func leave(name, what string) {
	if err := os.WriteFile(name+".part", []byte(what), 0o644); err == nil {
		_ = os.Rename(name+".part", name)
	}
}

// block is a recognisable 5,000 bytes.
func block(i int) []byte { return bytes.Repeat([]byte(fmt.Sprintf("%09d\n", i)), 500) }

var deeds = map[string]http.HandlerFunc{
	"unread": func(w http.ResponseWriter, _ *http.Request) { fmt.Fprint(w, "not read") },
	"empty":  func(http.ResponseWriter, *http.Request) {},
	"text":   func(w http.ResponseWriter, _ *http.Request) { fmt.Fprint(w, "<p>text") },
	"status": func(w http.ResponseWriter, r *http.Request) {
		n, _ := strconv.Atoi(r.Header.Get("X-Status"))
		w.WriteHeader(n)
	},
	"error": func(w http.ResponseWriter, r *http.Request) {
		n, _ := strconv.Atoi(r.Header.Get("X-Status"))
		http.Error(w, "the program's own words", n)
	},
	"length": func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Length", "5000")
		_, _ = w.Write(block(1))
	},
	"cached": func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Etag", `"x"`)
		w.WriteHeader(http.StatusNotModified)
	},
	"early": func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Link", "</style.css>; rel=preload")
		w.WriteHeader(http.StatusEarlyHints)
		fmt.Fprint(w, "after the hints")
	},
	"fields": func(w http.ResponseWriter, _ *http.Request) {
		h := w.Header()
		h["Set-Cookie"] = []string{"a=1; Path=/", "b=2; Path=/", "c=3"}
		h["Www-Authenticate"] = []string{`Basic realm="a"`, `Bearer realm="b"`}
		h["X-Repeated"] = []string{"1", "2"}
		h.Set("X-Latin", "caf\xe9")
		h.Set("Cache-Control", "no-store")
		h.Set("Vary", "Cookie")
		h.Set("X-Accel-Buffering", "no")
		h.Set("X-Long", string(bytes.Repeat([]byte("v"), 3000)))
		w.WriteHeader(http.StatusUnauthorized)
		fmt.Fprint(w, "who are you")
	},
	"empty field": func(w http.ResponseWriter, _ *http.Request) { w.Header().Set("X-Empty", ""); fmt.Fprint(w, "empty") },
	"redirect":    func(w http.ResponseWriter, r *http.Request) { http.Redirect(w, r, "/elsewhere?a=b", http.StatusFound) },
	"moved": func(w http.ResponseWriter, r *http.Request) {
		http.Redirect(w, r, "/elsewhere", http.StatusMovedPermanently)
	},
	"location": func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Location", "/new/1")
		w.WriteHeader(http.StatusCreated)
	},
	"location200": func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Location", "/elsewhere")
		fmt.Fprint(w, "here")
	},
	"sendfile": func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("X-Sendfile", "/etc/hostname")
		w.Header().Set("X-Accel-Redirect", "/elsewhere")
		fmt.Fprint(w, "here")
	},
	"type": func(w http.ResponseWriter, _ *http.Request) {
		w.Header()["Content-Type"] = nil
		fmt.Fprint(w, "no type")
	},
	"moment": func(w http.ResponseWriter, _ *http.Request) {
		time.Sleep(10 * time.Millisecond)
		fmt.Fprint(w, "a moment")
	},
	"large": func(w http.ResponseWriter, _ *http.Request) {
		for i := range 1000 {
			_, _ = w.Write(block(i))
		}
	},
	"stream": func(w http.ResponseWriter, r *http.Request) {
		for i := range 3 {
			fmt.Fprintf(w, "part %d\n", i)
			_ = http.NewResponseController(w).Flush()
			await(r, "go"+strconv.Itoa(i))
		}
	},
	"trailers": func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Trailer", "X-Sum")
		fmt.Fprint(w, "body")
		_ = http.NewResponseController(w).Flush()
		w.Header().Set("X-Sum", "42")
	},
	"panic": func(http.ResponseWriter, *http.Request) { panic("meant") },
	"panic late": func(w http.ResponseWriter, r *http.Request) {
		fmt.Fprint(w, "begun")
		_ = http.NewResponseController(w).Flush()
		await(r, "go0")
		panic("meant")
	},
	"panic length": func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Length", "100")
		fmt.Fprint(w, "begun")
		_ = http.NewResponseController(w).Flush()
		await(r, "go0")
		panic("meant")
	},
	"wait": func(w http.ResponseWriter, r *http.Request) {
		fmt.Fprint(w, "begun\n")
		_ = http.NewResponseController(w).Flush()
		ended(r, nil)
	},
	"wait silent": func(_ http.ResponseWriter, r *http.Request) { say(r, "begun"); ended(r, nil) },
	"wait writing": func(w http.ResponseWriter, r *http.Request) {
		ended(r, func() {
			_, _ = w.Write(block(0))
			_ = http.NewResponseController(w).Flush()
		})
	},
	"cut": func(_ http.ResponseWriter, r *http.Request) { // the client leaves in the middle of its body
		say(r, "begun")
		n, err := io.Copy(io.Discard, r.Body)
		note(r, fmt.Sprintf("a whole body: %v; %v", err == nil, n > 1000))
	},
	"converse": func(w http.ResponseWriter, r *http.Request) { // reads while the client still sends
		b := make([]byte, 5)
		_, err := io.ReadFull(r.Body, b)
		note(r, fmt.Sprintf("%s %v", b, err))
		rest, err := io.ReadAll(r.Body)
		fmt.Fprintf(w, "%d more, %v", len(rest), err)
	},
	"echo duplex": func(w http.ResponseWriter, r *http.Request) { // answers while the client still sends
		rc := http.NewResponseController(w)
		_ = rc.EnableFullDuplex()
		b := make([]byte, 5)
		for {
			n, err := io.ReadFull(r.Body, b)
			if n > 0 {
				_, _ = w.Write(b[:n])
				_ = rc.Flush()
			}
			if err != nil {
				return
			}
		}
	},
}

// ended waits for the end of the request's context and notes whether it came.
func ended(r *http.Request, meanwhile func()) {
	deadline := time.After(8 * time.Second)
	for {
		select {
		case <-r.Context().Done():
			note(r, "cancelled")
			return
		case <-deadline:
			note(r, "not cancelled")
			return
		case <-time.After(20 * time.Millisecond):
			if meanwhile != nil {
				meanwhile()
			}
		}
	}
}

// await waits until the test has said that word.
func await(r *http.Request, word string) {
	for range 500 {
		if _, err := os.Stat(file(r) + "." + word); err == nil {
			return
		}
		time.Sleep(10 * time.Millisecond)
	}
}
