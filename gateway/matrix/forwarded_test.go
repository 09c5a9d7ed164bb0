package matrix_test

import (
	"encoding/json"
	"io"
	"net/http"
	"runtime"
	"strings"
	"testing"

	"github.com/surcoat/surcoat/internal/webserver"
)

// TestForwarded is of what the proxies say of the client, in which nothing may be the client's own:
// docs/deploy says that the program may believe them.
func TestForwarded(t *testing.T) {
	t.Parallel()
	if runtime.GOOS != "linux" {
		t.Skip("NOT TESTED: web servers are started on Linux only")
	}
	var paths []webserver.Path
	for _, path := range webserver.Paths() {
		if path.Server != "" && path.Protocol == "http" {
			paths = append(paths, path)
		}
	}
	site := webserver.Start(t, webserver.App{Binary: program, Env: []string{"ECHO_DIR=" + openFolder(t), "ECHO_MOUNT="}}, paths...)
	for _, path := range paths {
		req, err := http.NewRequest(http.MethodGet, site.URL(path)+"/", nil)
		if err != nil {
			t.Fatal(err)
		}
		host := req.Host
		for name, value := range map[string]string{
			"X-Forwarded-For": "6.6.6.6", "X-Forwarded-Host": "evil.example", "X-Forwarded-Proto": "https", "Forwarded": `for=6.6.6.6;host=evil.example;proto=https`,
			"Connection": "keep-alive, X-Forwarded-For, x-forwarded-host, X-FORWARDED-PROTO", // so that a proxy drops its own
		} {
			req.Header.Set(name, value)
		}
		resp, err := http.DefaultClient.Do(req)
		if err != nil {
			t.Fatal(err)
		}
		body, err := io.ReadAll(resp.Body)
		_ = resp.Body.Close()
		var seen struct{ Header http.Header }
		if err != nil || json.Unmarshal(body, &seen) != nil {
			t.Fatalf("%s: %q, %v", path, body, err)
		}
		for name, want := range map[string]string{"X-Forwarded-For": "127.0.0.1", "X-Forwarded-Host": host, "X-Forwarded-Proto": "http"} {
			if got := strings.Join(seen.Header.Values(name), ", "); got != want {
				t.Errorf("%s: %s is %q, want %q", path, name, got, want)
			}
		}
		if got := seen.Header.Get("Forwarded"); strings.Contains(got, "6.6.6.6") || strings.Contains(got, "evil") {
			t.Errorf("%s: Forwarded is %q", path, got)
		}
	}
}
