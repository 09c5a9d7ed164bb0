package middlewaretest

import (
	"bytes"
	"context"
	"errors"
	"io"
	"io/fs"
	"mime/multipart"
	"net/http"
	"os"
	"strings"
)

// requestChecks: outer layers and the server see what inner handlers found out, and
// the handler gets the request that was sent.
func requestChecks() []check {
	return []check{
		{name: "outer layers see r.Pattern", run: patternOutside},
		{name: "outer layers see r.Pattern of a handler that panicked", run: patternAfterPanic},
		{name: "a mux outside gives its path values", run: pathValues},
		{name: "no temporary file stays after an upload", run: upload},
		{name: "the handler's context ends with the client", run: disconnect},
		{name: "the request arrives as it was sent", run: requestAsSent},
	}
}

const whyPattern = "logs and metrics group by it; a layer that passes a copy of the request (WithContext) has to copy it back"

func patternOutside(t *trial) {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /items/{id}", func(w http.ResponseWriter, r *http.Request) { plainText(w, r.PathValue("id")) })
	s := t.serveWrapped(t.layer(mux))
	t.same(s.do(s.request("GET", "/items/7", nil)), 200, "7", "a mux inside the layer")
	if got := s.record().pattern; got != "GET /items/{id}" {
		t.failf(`r.Pattern is "GET /items/{id}" outside the layer`, whyPattern, "%q", got)
	}
}

func patternAfterPanic(t *trial) {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /items/{id}", func(http.ResponseWriter, *http.Request) { panic("middlewaretest: on purpose") })
	s := t.serveWrapped(t.layer(mux))
	s.do(s.request("GET", "/items/7", nil))
	if got := s.record().pattern; got != "GET /items/{id}" {
		t.failf(`r.Pattern is "GET /items/{id}" outside the layer`, whyPattern+", with defer: failures are what metrics are for", "%q", got)
	}
}

func pathValues(t *trial) {
	mux := http.NewServeMux()
	mux.Handle("GET /items/{id}", t.layer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		plainText(w, r.Pattern+" "+r.PathValue("id"))
	})))
	s := t.serveWrapped(mux)
	t.same(s.do(s.request("GET", "/items/7", nil)), 200, "GET /items/{id} 7", "a layer on one route must not lose what the route found")
}

func upload(t *trial) {
	var body bytes.Buffer
	form := multipart.NewWriter(&body)
	part, _ := form.CreateFormFile("file", "a.txt")
	_, _ = io.WriteString(part, prose)
	_ = form.Close()

	names := make(chan string, 1)
	s := t.serve(func(w http.ResponseWriter, r *http.Request) {
		name := ""
		defer func() { names <- name }()
		if err := r.ParseMultipartForm(1); err != nil { // all but a byte goes to the disk
			http.Error(w, err.Error(), http.StatusBadRequest)
			return
		}
		f, err := r.MultipartForm.File["file"][0].Open()
		if err != nil {
			http.Error(w, err.Error(), http.StatusBadRequest)
			return
		}
		defer f.Close()
		if disk, ok := f.(*os.File); ok {
			name = disk.Name()
		}
		b, _ := io.ReadAll(f)
		plainText(w, string(b))
	})
	r := s.request("POST", "/", &body)
	r.Header.Set("Content-Type", form.FormDataContentType())
	got := s.do(r)
	if !t.same(got, 200, prose, "an uploaded file") {
		return
	}
	name := <-names
	s.record()
	if name == "" {
		return // the upload is not on the disk
	}
	defer os.Remove(name)
	// The server removes the files after the handler has returned.
	gone := t.eventually(func() bool {
		_, err := os.Stat(name)
		return errors.Is(err, fs.ErrNotExist)
	})
	if !gone {
		t.fail("the server removes the upload's temporary file when the request is done", "it is still there",
			"net/http finds it through r.MultipartForm of its own request: a layer that passes a copy has to copy that field back, or the disk fills")
	}
}

func disconnect(t *trial) {
	began, ended := make(chan struct{}), make(chan bool, 1)
	s := t.serve(func(w http.ResponseWriter, r *http.Request) {
		close(began)
		_, ok := soon(t, r.Context().Done())
		ended <- !ok
	})
	r := s.request("GET", "/", nil)
	ctx, cancel := context.WithCancel(r.Context())
	defer cancel()
	go func() {
		_, _ = soon(t, began)
		cancel()
	}()
	if resp, err := s.client.Do(r.WithContext(ctx)); err == nil {
		_ = resp.Body.Close()
	}
	if late, ok := soon(t, ended); !ok || late {
		t.fail("the request's context ends when the client goes away", "it did not",
			"queries and proxied requests of clients that have left go on and on; a layer has to derive its context from r.Context()")
	}
}

func requestAsSent(t *trial) {
	seen := make(chan *http.Request, 1)
	s := t.serve(func(w http.ResponseWriter, r *http.Request) {
		seen <- r.Clone(context.WithoutCancel(r.Context()))
		plainText(w, "seen")
	})
	r := s.request("POST", "/a%2Fb/c?x=1&y=%20", strings.NewReader("12345"))
	r.Header.Set("X-Sent", "yes")
	r.Header.Set("Content-Type", "text/plain")
	t.same(s.do(r), 200, "seen", "an ordinary POST")
	select {
	case got := <-seen:
		if got.Method != "POST" || got.URL.RequestURI() != "/a%2Fb/c?x=1&y=%20" || got.Header.Get("X-Sent") != "yes" ||
			got.ContentLength != 5 || got.ProtoMajor != int(t.proto) || (got.TLS != nil) != (t.proto == http2) {
			t.failf("method, target, header, length, protocol and TLS state as sent", "handlers decide by them", "%s %s %v length %d %s TLS %v",
				got.Method, got.URL.RequestURI(), got.Header, got.ContentLength, got.Proto, got.TLS != nil)
		}
		if got.Context().Value(http.ServerContextKey) != s.server.Config || got.Context().Value(http.LocalAddrContextKey) == nil {
			t.fail("the server's own values in the context", "they are gone", "http.ServerContextKey and LocalAddrContextKey are how handlers learn where they run")
		}
	default:
	}
}
