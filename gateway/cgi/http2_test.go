//go:build unix

package cgi_test

import (
	"bytes"
	"context"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/surcoat/surcoat/gateway/cgi"
	"github.com/surcoat/surcoat/gateway/internal/paritytest"
)

// Over HTTP/2, where one stream ends and not the connection, all is the same.
func TestHTTP2(t *testing.T) {
	journalDefault(t)
	mux := http.NewServeMux()
	for path, text := range map[string]string{
		"/count":  `cat >body; printf '\n%s ' "$CONTENT_LENGTH" "$SERVER_PROTOCOL" "$HTTPS"; wc -c <body`,
		"/ignore": `printf '\nno, thanks'`,
		"/killed": `printf '\nhello'; sleep 0.1; kill -9 $$`,
		"/fails":  `exit 1`,
	} {
		mux.Handle(path, &cgi.Handler{Path: script(t, text), Logger: paritytest.Silent})
	}
	file, ids := family(t, `printf '\nhello'`, "wait")
	waits := &cgi.Handler{Path: file, Logger: paritytest.Silent}
	done := make(chan struct{})
	mux.HandleFunc("/waits", func(w http.ResponseWriter, r *http.Request) {
		defer close(done)
		waits.ServeHTTP(w, r)
	})
	s := httptest.NewUnstartedServer(mux)
	s.EnableHTTP2 = true
	s.Config.ErrorLog = paritytest.Discard
	s.StartTLS()
	defer s.Close()

	send := func(ctx context.Context, path string, body io.Reader) string {
		r, _ := http.NewRequestWithContext(ctx, "POST", s.URL+path, body)
		resp, err := s.Client().Do(r)
		if err != nil {
			return "error"
		}
		defer resp.Body.Close()
		b, err := io.ReadAll(resp.Body)
		if err != nil {
			return "torn"
		}
		if resp.StatusCode != http.StatusOK || resp.ProtoMajor != 2 {
			return resp.Proto + " " + resp.Status
		}
		return strings.Join(strings.Fields(string(b)), " ")
	}
	large := bytes.Repeat([]byte("x"), 3<<20)
	for _, tt := range []struct {
		path string
		body io.Reader
		want string
	}{
		{"/count", bytes.NewReader(large), "3145728 HTTP/2.0 on 3145728"},
		{"/count", io.MultiReader(bytes.NewReader(large)), "3145728 HTTP/2.0 on 3145728"},
		{"/ignore", bytes.NewReader(large), "no, thanks"},
		{"/killed", nil, "torn"},
		{"/fails", nil, "HTTP/2.0 502 Bad Gateway"},
	} {
		if got := send(t.Context(), tt.path, tt.body); got != tt.want {
			t.Errorf("%s: %q, want %q", tt.path, got, tt.want)
		}
	}
	ctx, cancel := context.WithCancel(t.Context())
	go send(ctx, "/waits", nil)
	eventually(t, "it runs", func() bool { return len(ids()) == 3 })
	cancel()
	<-done
	for _, id := range ids() {
		if alive(id) {
			t.Errorf("%d runs", id)
		}
	}
}
