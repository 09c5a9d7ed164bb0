package gzip_test

import (
	"context"
	"io"
	"net/http"
	"net/http/httptest"
	"testing"
	"testing/synctest"
	"time"

	"github.com/surcoat/surcoat/middleware/gzip"
)

// A handler may stop where its client leaves. The half of a body that it has written then must not
// be taken for all that has this tag, or no client would ever get the difference to all of it.
func TestVersions_clientLeft(t *testing.T) {
	ctx, leave := context.WithCancel(context.Background())
	defer leave()
	all := release(bundle, `ETag: "v1"`)
	h := (&gzip.Compressor{Versions: &gzip.Versions{}}).Wrap(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Context() != ctx {
			all.ServeHTTP(w, r)
			return
		}
		half := release(bundle[:len(bundle)/2], `ETag: "v1"`)
		half.ServeHTTP(w, r)
		leave()
		if r.Context().Err() == nil {
			_, _ = io.WriteString(w, bundle[len(bundle)/2:])
		}
	}))
	r := httptest.NewRequest("GET", "/app.js", nil).WithContext(ctx)
	r.Header.Set("Accept-Encoding", "zstd")
	h.ServeHTTP(httptest.NewRecorder(), r)
	versionsGet(h, takesAll)
	if !knows(t, h, bundle) {
		t.Error("who has the whole body does not get the difference")
	}
	if knows(t, h, bundle[:len(bundle)/2]) {
		t.Error("half a body has become a dictionary")
	}
}

// Nor does one who leaves keep a file that has a copy from becoming a dictionary.
func TestFiles_clientLeft(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		files := &gzip.Files{
			FS: inMemory(map[string]string{"app.js": bundle, "app.js.zst": "a copy"}, longAgo),
			Header: func(_ string, h http.Header) {
				h.Set("Cache-Control", "public")
				h.Set("Use-As-Dictionary", `match="/app.*"`)
			},
		}
		h := (&gzip.Compressor{Versions: &gzip.Versions{}}).Wrap(files)
		ctx, leave := context.WithCancel(t.Context())
		r := httptest.NewRequest("GET", "/app.js", nil).WithContext(ctx)
		r.Header.Set("Accept-Encoding", "zstd")
		h.ServeHTTP(&leaver{httptest.NewRecorder(), leave}, r)
		if got := versionsGet(h, takesAll).Body.String(); got != "a copy" {
			t.Errorf("at once: %.20q", got)
		}
		time.Sleep(time.Minute)
		versionsGet(h, takesAll)
		if w := versionsGet(h, has(bundle)...); w.Header().Get("Content-Encoding") != "dcz" {
			t.Error("who has the file does not get the difference")
		}
		if got := versionsGet(h, takesAll).Body.String(); got != "a copy" {
			t.Errorf("afterwards: %.20q", got)
		}
	})
}

// leaver is a client that leaves when the body begins.
type leaver struct {
	*httptest.ResponseRecorder
	leave func()
}

func (l *leaver) Write(p []byte) (int, error) {
	l.leave()
	return len(p), nil
}
