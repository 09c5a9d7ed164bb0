package request_test

import (
	"bytes"
	"context"
	"io"
	"mime/multipart"
	"net/http"
	"net/http/httptest"
	"os"
	"testing"

	"github.com/surcoat/surcoat/internal/request"
)

type key struct{}

// layer serves next with a request copy, as surcoat's layers do.
func layer(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		request.Serve(next, w, r, context.WithValue(r.Context(), key{}, "value"))
	})
}

func TestServe(t *testing.T) {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /page/{id}", func(_ http.ResponseWriter, r *http.Request) {
		if r.Context().Value(key{}) != "value" || r.PathValue("id") != "7" {
			t.Errorf("inside: value %v, id %q", r.Context().Value(key{}), r.PathValue("id"))
		}
	})
	mux.HandleFunc("GET /panic", func(http.ResponseWriter, *http.Request) { panic("on purpose") })
	for target, want := range map[string]string{"/page/7": "GET /page/{id}", "/panic": "GET /panic"} {
		r := httptest.NewRequest("GET", target, nil)
		func() {
			defer func() { _ = recover() }()
			layer(layer(mux)).ServeHTTP(httptest.NewRecorder(), r)
		}()
		if r.Pattern != want {
			t.Errorf("%s: the outer request has Pattern %q, want %q", target, r.Pattern, want)
		}
		if r.Context().Value(key{}) != nil {
			t.Errorf("%s: the outer request was changed", target)
		}
	}
}

// The server removes an upload's temporary files through the request that it made.
func TestServeCleansUpUploads(t *testing.T) {
	dir := t.TempDir()
	t.Setenv("TMPDIR", dir)
	t.Setenv("TMP", dir)
	srv := httptest.NewServer(layer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if err := r.ParseMultipartForm(1); err != nil {
			t.Error(err)
		}
		if files, _ := os.ReadDir(dir); len(files) == 0 {
			t.Error("the upload made no temporary file: the test shows nothing")
		}
	})))
	var body bytes.Buffer
	form := multipart.NewWriter(&body)
	part, err := form.CreateFormFile("file", "a.bin")
	if err != nil {
		t.Fatal(err)
	}
	_, _ = part.Write(bytes.Repeat([]byte("x"), 11<<20)) // over the 10 MiB that parts may share beyond the limit
	_ = form.Close()
	resp, err := http.Post(srv.URL, form.FormDataContentType(), &body)
	if err != nil {
		t.Fatal(err)
	}
	_, _ = io.Copy(io.Discard, resp.Body)
	_ = resp.Body.Close()
	srv.Close() // waits for the request to end
	if files, _ := os.ReadDir(dir); len(files) != 0 {
		t.Errorf("%d temporary files are left", len(files))
	}
}
