package gzip_test

import (
	"context"
	"io"
	"net/http"
	"net/http/httptest"
	"testing"

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
