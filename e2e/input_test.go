package e2e_test

import (
	"errors"
	"io"
	"net"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// Bad input: a clear answer each, and nothing lost.
func TestBadRequests(t *testing.T) {
	w := startWiki(t)
	anna := w.client(t)
	anna.signUp("Anna")
	anna.save("Kept", "0", "as it was").has(t, http.StatusSeeOther)

	t.Run("broken cookie", func(t *testing.T) {
		for _, value := range []string{"x", "", strings.Repeat("A", 4000), "%%%", `"quoted"`, "a.b.c.d"} {
			r := w.client(t).request("GET", "/wiki/Kept", nil)
			r.Header.Set("Cookie", "__Host-session="+value)
			w.client(t).must(r).has(t, 200, "as it was", "Sign in")
		}
	})
	t.Run("1 MiB header", func(t *testing.T) {
		r := w.client(t).request("GET", "/", nil)
		r.Header.Set("X-Large", strings.Repeat("a", 1<<20))
		w.client(t).must(r).has(t, http.StatusRequestHeaderFieldsTooLarge, "Too Large")
	})
	t.Run("invalid UTF-8", func(t *testing.T) {
		r := anna.request("POST", "/edit/Kept", strings.NewReader("base=1&do=save&note=x%ff&text=before+%ff%fe+after"))
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		anna.must(r).has(t, http.StatusBadRequest, "not valid UTF-8", "before \ufffd after")
	})
	t.Run("invalid UTF-8 in an address", func(t *testing.T) {
		anna.get("/wiki/%ff%fe").has(t, 404, "No such page")
		anna.get("/edit/%ff%fe").has(t, 400, "cannot be a title")
	})
	t.Run("invalid UTF-8 at sign-up", func(t *testing.T) {
		r := anna.request("POST", "/signup", strings.NewReader("name=a%ffb&password=a+few+words+in+a+row"))
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		if a := w.client(t).must(r); a.status < 400 || a.status >= 500 {
			t.Errorf("status %d", a.status)
		}
	})
	t.Run("a text a little too large", func(t *testing.T) {
		text := strings.Repeat("word ", 1<<20/5+1)
		a := anna.save("Kept", "1", text)
		a.has(t, http.StatusRequestEntityTooLarge, "too large")
		if !strings.Contains(a.body, text) {
			t.Error("what was typed is not in the answer")
		}
	})
	t.Run("50 MB page", func(t *testing.T) {
		anna.save("Kept", "1", strings.Repeat("x", 50<<20)).has(t, http.StatusRequestEntityTooLarge, "too large", "Go back")
	})
	t.Run("50 MB page from a stranger", func(t *testing.T) {
		w.client(t).save("Kept", "1", strings.Repeat("x", 50<<20)).has(t, http.StatusRequestEntityTooLarge, "too large")
	})
	t.Run("not a form", func(t *testing.T) {
		r := anna.request("POST", "/edit/Kept", strings.NewReader("{}"))
		r.Header.Set("Content-Type", "application/json")
		anna.must(r).has(t, http.StatusUnsupportedMediaType, "Not a form")
	})
	t.Run("a form cut short", func(t *testing.T) {
		r := anna.request("POST", "/edit/Kept", strings.NewReader("base=1&text=%4"))
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		anna.must(r).has(t, http.StatusBadRequest, "did not arrive whole")
	})
	t.Run("a form from another site", func(t *testing.T) {
		r := anna.form("/edit/Kept", url.Values{"base": {"1"}, "text": {"theirs"}, "do": {"save"}})
		res := crossSite(t, anna, r)
		if res != http.StatusForbidden {
			t.Errorf("status %d", res)
		}
	})
	t.Run("no such revision", func(t *testing.T) {
		anna.get("/wiki/Kept?rev=99").has(t, 404, "No such revision")
		anna.get("/wiki/Kept?rev=x").has(t, 400, "number of a revision")
		anna.get("/diff/Kept?from=1&to=99").has(t, 404, "No such revision")
		anna.get("/diff/Kept").has(t, 400, "number of a revision")
		anna.get("/history/Nowhere").has(t, 404, "Nobody has written this page yet")
		anna.post("/revert/Kept", url.Values{"to": {"99"}, "base": {"1"}}).has(t, 404, "No such revision")
	})
	t.Run("a title that climbs", func(t *testing.T) {
		anna.get("/wiki/..%2f..%2fetc%2fpasswd").has(t, 404, "No such page")
		anna.save("..%2f..%2fescaped", "0", "x").has(t, 400, "cannot be a title")
	})
	t.Run("a method that does not fit", func(t *testing.T) {
		if a := anna.must(anna.request("DELETE", "/wiki/Kept", nil)); a.status != 405 || a.header.Get("Allow") == "" {
			t.Errorf("status %d, Allow %q", a.status, a.header.Get("Allow"))
		}
	})
	anna.get("/wiki/Kept").has(t, 200, "as it was", "Revision 1")
}

// crossSite sends r as a browser does for a form on another site.
func crossSite(t *testing.T, c *client, r *http.Request) int {
	t.Helper()
	r.Header.Set("Sec-Fetch-Site", "cross-site")
	r.Header.Set("Origin", "https://evil.example")
	res, err := c.http.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	_, _ = io.Copy(io.Discard, res.Body)
	return res.StatusCode
}

// TestBadStarts: what keeps the wiki from starting is said with what to do about it.
func TestBadStarts(t *testing.T) {
	bin := program(t, wikiPackage)
	taken, err := net.Listen("tcp", "localhost:0")
	if err != nil {
		t.Fatal(err)
	}
	defer taken.Close()
	file := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	good := []string{"--listen", "http://localhost:0", "--data", t.TempDir()}
	for _, c := range []struct {
		name string
		args []string
		exit int
		want []string
	}{
		{"taken port", []string{"--listen", "http://" + taken.Addr().String(), "--data", t.TempDir()}, 1, []string{"address already in use", "--listen"}},
		{"impossible address", []string{"--listen", "nonsense", "--data", t.TempDir()}, 1, []string{"cannot serve at nonsense", "--listen"}},
		{"data below a file", []string{"--listen", "http://localhost:0", "--data", filepath.Join(file, "data")}, 1, []string{"cannot keep data in", file, "--data"}},
		{"data is a file", []string{"--listen", "http://localhost:0", "--data", file}, 1, []string{"cannot keep data in", "--data"}},
		{"unknown flag", append(good, "--colour", "red"), 2, []string{"-colour", "Usage: wiki"}},
		{"stray argument", append(good, "serve"), 2, []string{`"serve"`, "Usage: wiki"}},
		{"half of TLS", append(good, "--cert", file), 2, []string{"--cert and --key go together"}},
		{"certificate over http", append(good, "--cert", file, "--key", file), 2, []string{"https", "--listen"}},
		{"no certificate", []string{"--data", t.TempDir(), "--listen", "https://localhost:0", "--cert", file, "--key", file}, 1, []string{"cannot"}},
		{"help", []string{"--help"}, 0, []string{"Usage: wiki", "--listen", "http://localhost"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			cmd := exec.Command(bin, c.args...)
			timer := time.AfterFunc(20*time.Second, func() { _ = cmd.Process.Kill() })
			defer timer.Stop()
			out, err := cmd.CombinedOutput()
			var exit *exec.ExitError
			if err != nil && !errors.As(err, &exit) {
				t.Fatal(err)
			}
			if got := cmd.ProcessState.ExitCode(); got != c.exit {
				t.Errorf("exit code %d, want %d", got, c.exit)
			}
			for _, want := range c.want {
				if !strings.Contains(string(out), want) {
					t.Errorf("it does not say %q:\n%s", want, out)
				}
			}
			if strings.Contains(string(out), "goroutine") {
				t.Errorf("it panicked:\n%s", out)
			}
		})
	}
}
