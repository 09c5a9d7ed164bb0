package main_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

const browser = "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"

// TestDev edits a program as people do. Each request is made once, right after an edit.
func TestDev(t *testing.T) {
	d := develop(t, site(t), nil, "--", "-addr", "LISTEN")
	d.want("/", 200, "<p>hello blue</p>")
	d.greet("hi")
	d.want("/", 200, "<p>hi blue</p>")
	d.write("static/style.css", "red")
	d.want("/", 200, "<p>hi red</p>")
	d.write("views/page.html", "<b>{{.}}</b>")
	d.want("/", 200, "<b>hi red</b>")

	d.greet("one of two quick edits")
	d.greet("two")
	d.want("/", 200, "<b>two red</b>")

	d.write("words/words.go", "package words\n\nimport \"example.com/site/more\"\n\nconst Greeting = more.Words\n")
	d.want("/", 503, "example.com/site/more")
	d.write("more/more.go", "package more\n\nconst Words = \"a new package\"\n")
	d.want("/", 200, "a new package")
	d.write("more/more.go", "package more\n\nconst Words = \"an edited package\"\n")
	d.want("/", 200, "an edited package")
	if err := os.RemoveAll(filepath.Join(d.dir, "more")); err != nil {
		t.Fatal(err)
	}
	d.want("/", 503, "example.com/site/more")
	d.greet("without it")
	d.want("/", 200, "without it")
}

func TestDevBuildError(t *testing.T) {
	dir := site(t)
	d := develop(t, dir, nil, "--editor", "idea://open?file={file}&line={line}", "--", "-addr", "LISTEN")
	d.want("/", 200, "hello")
	d.write("words/words.go", "package words\n\nconst Greeting = missing // <script>\n")

	resp, body := d.get("/", browser)
	for name, want := range map[string]string{
		"Content-Type": "text/html; charset=utf-8", "Cache-Control": "no-store", "X-Content-Type-Options": "nosniff", "Retry-After": "1",
	} {
		if got := resp.Header.Get(name); got != want {
			t.Errorf("%s is %q, want %q", name, got, want)
		}
	}
	link := fmt.Sprintf(`href="idea://open?file=%s&amp;line=3"`, filepath.ToSlash(filepath.Join(dir, "words", "words.go")))
	for _, want := range []string{"undefined: missing", `<meta http-equiv="refresh"`, link, "&lt;script&gt;", "-gcflags"} {
		if resp.StatusCode != 503 || !strings.Contains(body, want) {
			t.Errorf("%d: the page has no %s:\n%s", resp.StatusCode, want, body)
		}
	}
	if strings.Contains(body, "<script>") {
		t.Error("a script gets through")
	}

	resp, body = d.get("/", "application/json")
	var problem struct {
		Status      int
		Output      string
		Diagnostics []struct {
			File    string
			Line    int
			Message string
		}
	}
	if err := json.Unmarshal([]byte(body), &problem); err != nil || resp.Header.Get("Content-Type") != "application/problem+json" {
		t.Fatalf("%v: %s %s", err, resp.Header.Get("Content-Type"), body)
	}
	if problem.Status != 503 || len(problem.Diagnostics) != 1 || problem.Diagnostics[0].Line != 3 || problem.Diagnostics[0].Message != "undefined: missing" {
		t.Errorf("%s", body)
	}
	d.want("/", 503, "words.go:3:18: undefined: missing")
	if !strings.Contains(d.log(), "undefined: missing") {
		t.Error("the terminal does not show it")
	}
	d.greet("mended")
	d.want("/", 200, "mended")
}

// TestDevBroken starts with what does not compile.
func TestDevBroken(t *testing.T) {
	dir := site(t)
	d := &developed{t: t, dir: dir}
	d.write("main.go", "package main\n\nfunc main() { oops }\n")
	d = develop(t, dir, nil)
	d.want("/", 503, "oops")
}

func TestDevStale(t *testing.T) {
	d := develop(t, site(t), nil, "--stale", "--", "-addr", "LISTEN")
	d.want("/", 200, "hello")
	d.write("words/words.go", "package words\n")
	d.says("the old program goes on")
	d.want("/", 200, "hello")
	d.greet("new")
	d.wait("the new program", func() bool {
		_, body := d.get("/", "*/*")
		return strings.Contains(body, "new")
	})
}

func TestDevCrash(t *testing.T) {
	d := develop(t, site(t), nil, "--", "-addr", "LISTEN")
	d.want("/", 200, "hello")
	resp, body := d.get("/crash", browser)
	if resp.StatusCode == http.StatusOK { // the handler may have been done first
		resp, body = d.get("/crash", browser)
	}
	for _, want := range []string{"exit status 2", "panic: no such luck", "main.go"} {
		if resp.StatusCode != 503 || !strings.Contains(body, want) {
			t.Errorf("%d: the page has no %q:\n%s", resp.StatusCode, want, body)
		}
	}
	// A later request starts it again.
	d.wait("another start", func() bool {
		resp, _ := d.get("/", "*/*")
		return resp.StatusCode == 200
	})
	d.says("a request came")

	d.write("main.go", "package main\n\nimport \"log\"\n\nfunc main() { log.Fatal(\"at the start\") }\n")
	d.want("/", 503, "at the start")
	d.write("main.go", read(t, filepath.Join("testdata", "site", "main.go")))
	d.want("/", 200, "hello")
}
