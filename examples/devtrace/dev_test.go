package main

import (
	"bufio"
	"html"
	"io"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/surcoat/surcoat/middleware/cgitrace"
)

// lessons is what each page has to say, in whatever representation.
var lessons = map[string][]string{
	"/nil":          {"nil pointer dereference", "owner.Profile.Address is nil (*main.address)", "main.parcel", "owner.Profile.Address.City"},
	"/index":        {"index out of range [4] with length 3", "day + offset is 4, but len(shelves) is 3"},
	"/slice":        {"slice bounds out of range [2:1]", "from is 2, but to is 1"},
	"/map":          {"assignment to entry in nil map", "v.byPage is a nil map (map[string]int)"},
	"/assertion":    {"interface {} is []uint8, not string", "code is a []uint8, not a string"},
	"/channel":      {"send on closed channel", "news is closed"},
	"/division":     {"integer divide by zero", "count is 0; sum / count divides by it"},
	"/errors":       {"restocking: ", "*errors.joinError", "no delivery on Sundays", "syscall.Errno", "err came from orderMore"},
	"/custom":       {"5 × ink, blue, but there are 3", "it.Stock is 3 and wanted is 5", "*main.shortage", "Wanted"},
	"/nothing":      {"panic called with nil argument", "reason is nil (error)"},
	"/again":        {"Where it first panicked", "b.paid", "main.checkout", "Where it panicked again", "main.(*basket).release", "i + 1"},
	"/captured":     {"strings: negative Repeat count", "left is -24", "main.discount.func1", "percent", "120"},
	"/template":     {"template: receipt:", "error calling Best", "runtime.boundsError", "err came from receiptPage.Execute"},
	"/half":         {"Catalogue", "index out of range [3] with length 3", "i is 3, but len(shelves) is 3"},
	"/api/orders/7": {"json: unsupported type: func()", "err came from json.Marshal(answer)"},
	"/lint":         {"WriteHeader(303) after the first Write", "Location was changed after the header left", "pages.go", "moved is nil (*main.address)"},
	"/own":          {"index out of range [3] with length 3", "reserved is 3, but len(words) is 3", "main.careful"},
	"/secret":       {"sign-in failed, trying REDACTED for ada", "attempt"},
	"/big":          {"index out of range [83886080]", "map of 5000", "main.shelf"},
	"/deep":         {"more than 3000 parents", "n is 3001"},
	"/locked":       {"index out of range [1] with length 0", "g.Cents / 1000 is 1, but len(g.rates) is 0", "g.mu.Lock()"},
}

// A program built for development says of each failure what there is to know, in every
// representation, and keeps to a megabyte and to itself what is secret.
func TestDevelopment(t *testing.T) {
	if cgitrace.Enabled {
		t.Skip("the program is built here, with all the flags that it needs")
	}
	url := start(t, build(t, "-tags=dev", "-gcflags=./...=-N -l"))
	for _, f := range failures {
		t.Run(strings.TrimPrefix(f.Path, "/"), func(t *testing.T) {
			if len(lessons[f.Path]) == 0 {
				t.Error("nothing is expected of it")
			}
			for accept, kind := range map[string]string{
				"text/html": "text/html; charset=utf-8", "application/json": "application/problem+json", "*/*": "text/plain; charset=utf-8",
			} {
				status, got, body, err := f.ask(t, url, accept)
				for tries := 0; tries < 10 && f.Path != "/big" && strings.Contains(body, "The garbage collector ran"); tries++ {
					// Then values may be wrong, as the page says. For 80 MB it always runs.
					status, got, body, err = f.ask(t, url, accept)
				}
				switch {
				case f.Path == "/half":
					if accept != "text/html" {
						continue
					}
					if status != 200 || err != nil {
						t.Errorf("%d, %v", status, err)
					}
				case status != 500 || got != kind || err != nil:
					t.Errorf("as %s: %d %s %v", accept, status, got, err)
				}
				if len(body) > 1<<20 {
					t.Errorf("as %s: %d bytes", accept, len(body))
				}
				if strings.Contains(body, "horse") {
					t.Errorf("as %s: the password is in\n%s", accept, body)
				}
				read := html.UnescapeString(tags.ReplaceAllString(body, ""))
				for _, want := range lessons[f.Path] {
					if !strings.Contains(read, want) {
						t.Errorf("as %s: no %q in\n%.3000s", accept, want, body)
					}
				}
			}
		})
	}
}

var tags = regexp.MustCompile(`</?[a-z][^>]*>`)

// build returns the program, built with flags.
func build(t *testing.T, flags ...string) string {
	t.Helper()
	binary := filepath.Join(t.TempDir(), "devtrace.exe")
	cmd := exec.Command("go", append(append([]string{"build", "-o", binary}, flags...), ".")...)
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("%v: %v\n%s", cmd, err, out)
	}
	return binary
}

// start runs the program for as long as the test, and returns its URL.
func start(t *testing.T, binary string) string {
	t.Helper()
	cmd := exec.Command(binary, "-addr", "127.0.0.1:0")
	stderr, err := cmd.StderrPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	read := make(chan struct{})
	t.Cleanup(func() {
		_ = cmd.Process.Kill()
		<-read
		_ = cmd.Wait()
	})
	lines := bufio.NewScanner(stderr)
	for lines.Scan() {
		if _, url, ok := strings.Cut(lines.Text(), "url="); ok {
			go func() {
				defer close(read)
				_, _ = io.Copy(io.Discard, stderr)
			}()
			return strings.TrimSuffix(url, "/")
		}
	}
	close(read)
	t.Fatalf("it did not start: %v", lines.Err())
	return ""
}
