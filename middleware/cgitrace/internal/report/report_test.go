//go:build dev

package report_test

import (
	"bytes"
	"encoding/json"
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/surcoat/surcoat/middleware/cgitrace/internal/redact"
	"github.com/surcoat/surcoat/middleware/cgitrace/internal/report"
	"github.com/surcoat/surcoat/middleware/cgitrace/internal/value"
)

var update = flag.Bool("update", false, "write testdata")

// The formats as a whole, to be read by whoever changes them.
func TestGolden(t *testing.T) {
	r := realistic()
	r.Sections[0].Frames = append(r.Sections[0].Frames[:4:4], r.Sections[0].Frames[len(r.Sections[0].Frames)-4:]...)
	var text, problem bytes.Buffer
	r.Text(&text)
	r.JSON(&problem)
	for name, got := range map[string]string{"report.txt": text.String(), "report.json": problem.String(), "report.md": r.Markdown()} {
		file := filepath.Join("testdata", name)
		if *update {
			if err := os.WriteFile(file, []byte(got), 0o644); err != nil {
				t.Fatal(err)
			}
		}
		want, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		if got != string(want) {
			t.Errorf("%s is not as it was; go test -tags dev -update writes it:\n%s", name, got)
		}
	}
}

// What a page says of values: their names, types, parts, what is a secret and what is not there.
func TestHTMLValues(t *testing.T) {
	kids := []value.Node{leaf("X", "int", "1"), leaf("Y", "int", "-2")}
	for _, tt := range []struct {
		node value.Node
		want string
	}{
		{leaf("n", "int", "-7"), `<b>n</b> <span class="type">int</span> <span class="say n">-7</span>`},
		{leaf("s", "string", `"a<b"`), `<span class="say s">&#34;a&lt;b&#34;</span>`},
		{leaf("p", "*cart.Item", "nil"), `<span class="say z">nil</span>`},
		{leaf("b", "bool", "true"), `<span class="say k">true</span>`},
		{leaf("f", "func()", "main.handle"), `<span class="say ">main.handle</span>`},
		{value.Node{Name: "key", Type: "string", Text: redact.Mask, Masked: true}, `<span class="say m">REDACTED</span>`},
		{leaf("u", "string", `"/?token=REDACTED"`), `/?token=<i class="m">REDACTED</i>&#34;</span>`},
		{value.Absent("gone", "int", "optimized out"), `<b>gone</b> <span class="type">int</span>  <em>optimized out</em>`},
		{value.Node{Name: "err", Type: "error", Text: "nil", Note: "a nil pointer in an interface that is not nil"}, `nil</span> <em>a nil pointer`},
		{value.Node{Name: "at", Type: "cart.Point", Text: "{…}", Kids: kids}, `<summary><b>at</b> <span class="type">cart.Point</span> <span class="in">{X: 1, Y: -2}</span></summary><ul><li><b>X</b>`},
		{value.Node{Name: "at", Type: "*cart.Point", Text: "&{…}", Kids: kids, More: 1}, `<span class="say">&amp;</span><span class="in">{X: 1, Y: -2, …}</span></summary>`},
		{value.Node{Name: "all", Type: "[]int", Text: "[9]", Kids: []value.Node{leaf("0", "int", "1"), leaf("1", "int", "4")}, More: 7}, `<span class="say">[9]</span><span class="in">{1, 4, …}</span></summary><ul><li><b>0</b> <span class="say n">1</span></li><li><b>1</b> <span class="say n">4</span></li><li><em>… 7 more</em></li></ul>`},
		{value.Node{Name: "r", Type: "*http.Request", Text: "GET /", Folded: true, Kids: kids}, `<span class="type">*http.Request</span> <span class="say">GET /</span></summary><ul><li><b>X</b>`},
		{leaf("long", "string", `"`+strings.Repeat("x", 200)+`"`), `xx…</span></summary><p class="long">&#34;xxx`},
		{leaf("cut", "string", `"`+strings.Repeat("x", 75)+"REDACTED"+strings.Repeat("x", 200)+`"`), `x<i class="m">REDACTED</i>…</span></summary>`},
	} {
		r := sample()
		r.Sections[0].Frames[0].Variables = []report.Variable{{Node: tt.node}}
		page := render(t, r)
		_, after, _ := strings.Cut(page, "<h4>Local</h4><ul>")
		if row, _, _ := strings.Cut(after, "</div>"); !strings.Contains(row, tt.want) {
			t.Errorf("no %s in\n%s", tt.want, row)
		}
		if strings.Contains(page, "<details open><summary><b>") {
			t.Error("it is open")
		}
	}
}

// Values stand in the order in which a reader wants them.
func TestOrderOfValues(t *testing.T) {
	r := realistic()
	var text bytes.Buffer
	r.Text(&text)
	titles := []string{"On this line", "Arguments", "Result", "Locals", "Captured", "Package"}
	for format, out := range map[string]string{"HTML": render(t, r), "text": text.String()} {
		for _, title := range titles {
			if format == "text" {
				title = "  " + strings.ToLower(title) + ":\n"
			} else {
				title = "<h4>" + title + "</h4>"
			}
			_, after, found := strings.Cut(out, title)
			if !found {
				t.Errorf("%s: no %s, or not after those before it", format, title)
			}
			out = after
		}
	}
}

func TestReason(t *testing.T) {
	r := realistic()
	page := render(t, r)
	for _, want := range []string{
		`<p class="reason"><b>why</b> <span><code>c.Owner.Profile</code> is nil (*cart.Profile)`,
		`:= <mark>c</mark><mark>.</mark><mark>Owner</mark><mark>.</mark><mark>Profile</mark>.Address`,
	} {
		if !strings.Contains(page, want) {
			t.Errorf("no %s", want)
		}
	}
	if n := strings.Count(page, "<mark>"); n != 5 {
		t.Errorf("%d pieces of source are marked", n)
	}
	r.Reason = "nobody knows"
	if strings.Contains(render(t, r), "<mark>") {
		t.Error("something is marked without a reason")
	}
}

// Why values cannot be trusted, or are missing, is said with the command that helps.
func TestTrust(t *testing.T) {
	for values, want := range map[string]string{
		report.Exact: "<span>values are exact</span>",
		"They may be stale: the garbage collector ran.": `<p class="note"><b>Values</b> They may be stale`,
		"No debug information: `go build -tags dev`.":   `<code class="pick">go build -tags dev</code>`,
	} {
		r := sample()
		r.Values = values
		if page := render(t, r); !strings.Contains(page, want) {
			t.Errorf("no %s", want)
		}
	}
}

func TestOrigins(t *testing.T) {
	r := realistic()
	again := r.Sections[0]
	again.Title = "Where it panicked again, in a function deferred above"
	again.Frames = again.Frames[1:]
	r.Sections[0].Title = "Where it first panicked"
	r.Sections = append(r.Sections, again)
	page := render(t, r)
	for _, want := range []string{
		"<span>first in <code>cart.(*Cart).Label</code> at <a ", "<span>then in <code>cart.(*handler).ServeHTTP</code> at <a ",
		`<h3 class="origin"><b>1</b> Where it first panicked</h3>`, `<h3 class="origin"><b>2</b> Where it panicked again`,
	} {
		if !strings.Contains(page, want) {
			t.Errorf("no %s", want)
		}
	}
}

func TestGoroutines(t *testing.T) {
	page := render(t, realistic())
	for _, want := range []string{
		"<b>1</b> running: this one <span>shop.example/internal/cart.(*Cart).Label</span>",
		"<b>12</b> IO wait, up to 3 min <span>net/http.(*conn).serve</span>",
		`<li>created by <b>net/http.(*Server).Serve</b> <span title="/usr/local/go/src/net/http/server.go">http/server.go:2</span></li>`,
		"goroutine 7 7 7 7 7 7 7 7 …",
	} {
		if !strings.Contains(page, want) {
			t.Errorf("no %s", want)
		}
	}
	if strings.Contains(page, "0xc000102000") {
		t.Error("the words of arguments are on the page")
	}
}

// A page is of this package's elements, with one style and no script, and links where the editor is.
func TestHTML(t *testing.T) {
	page := render(t, realistic())
	tags, _, err := skeleton(page)
	if err != nil {
		t.Error(err)
	}
	if n := strings.Count(strings.Join(tags, " ")+" ", "style nonce "); n != 1 {
		t.Errorf("%d styles", n)
	}
	for _, want := range []string{`<style nonce="NONCE">`, `href="vscode://file/home/ada/shop/internal/cart/shop.go:29"`, "hidden frames <span>net/http", "WriteHeader(302) came after", "*fs.PathError", "vcs.revision"} {
		if !strings.Contains(page, want) {
			t.Errorf("no %s", want)
		}
	}
	if i := strings.Index(page, "url("); i >= 0 {
		t.Errorf("something is loaded: %s", page[i:i+40])
	}
}

// What is appended ends what may be open, and keeps its style to itself.
func TestAppend(t *testing.T) {
	var b bytes.Buffer
	if err := sample().Append(&b, "NONCE"); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{`"'>-->`, "</script>", "</style>", "</textarea>", "</table>", `<template shadowrootmode="open"><style nonce="NONCE">`, "&lt;b&gt;</h1>"} {
		if !strings.Contains(b.String(), want) {
			t.Errorf("no %s", want)
		}
	}
}

// An issue has no use for the folders of somebody's machine, and code in it stays code.
func TestMarkdown(t *testing.T) {
	r := sample()
	r.Message = "a `b` ```c\n# d"
	r.Request.Curl = "curl '```\n# not a heading'"
	md := r.Markdown()
	if strings.Contains(md, "/src/") || strings.Contains(md, "/go/") {
		t.Errorf("a folder is in\n%s", md)
	}
	for _, want := range []string{"### panic: ````a `b` ```c # d````\n", "````sh\ncurl '```\n# not a heading'\n````\n"} {
		if !strings.Contains(md, want) {
			t.Errorf("no %q in\n%s", want, md)
		}
	}
}

// What a terminal would obey comes out of JSON as it went in, but is not in its bytes.
func TestJSONControls(t *testing.T) {
	r := sample()
	r.Message = "\x1b[31m \x7f \u009b \u202e é <&> \xff"
	var b bytes.Buffer
	r.JSON(&b)
	var back struct{ Detail string }
	if err := json.Unmarshal(b.Bytes(), &back); err != nil || back.Detail != strings.ToValidUTF8(r.Message, "\uFFFD") {
		t.Errorf("%q, %v", back.Detail, err)
	}
	if steers(b.String()) || !strings.Contains(b.String(), `\u007f \u009b \u202e é <&> `) {
		t.Errorf("%s", b.String()[:300])
	}
}
