//go:build dev

package cgitrace_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/surcoat/surcoat/internal/outside"
	"github.com/surcoat/surcoat/middleware/cgitrace"
)

// shelf is a file of a Python application.
const shelf = `import os

def price(of, x):
    # the password: planted-in-comment
    api_key = "planted-in-python"; return of / x

price(100, 0)
`

// fails is a handler whose program failed with what text says, %s in it being the file of shelf.
func fails(t *testing.T, text string, environ ...string) http.HandlerFunc {
	t.Helper()
	file := filepath.Join(t.TempDir(), "shelf.py")
	if err := os.WriteFile(file, []byte(shelf), 0o600); err != nil {
		t.Fatal(err)
	}
	return func(w http.ResponseWriter, _ *http.Request) {
		outside.Show(w, func() *outside.Failure {
			return &outside.Failure{
				Err: errors.New("cgi: no answer"), Title: "no answer", Kind: "exit status 1", Environ: environ,
				Blocks: []outside.Block{
					{Heading: "Standard error", Text: strings.ReplaceAll(text, "%s", file)},
					{Heading: "What the doctor finds", Text: "Mend line 5."},
				},
			}
		})
		http.Error(w, "nothing is shown", 599)
	}
}

const (
	raised = `Traceback (most recent call last):
  File "/usr/lib/python3/dist-packages/flask/app.py", line 7, in dispatch
    handler()
  File "%s", line 7, in <module>
    price(100, 0)
  File "%s", line 5, in price
    api_key = "planted-in-python"; return of / x
    ~~~~~~~^~~
ZeroDivisionError: division by zero
`
	followed = raised + `
During handling of the above exception, another exception occurred:

Traceback (most recent call last):
  File "%s", line 7, in <module>
    price(100, 0)
          ^^^^^^
KeyError: 'ink'
`
)

// The exception is the heading, its frames come first, and those of Go are folded, in all formats.
func TestOutside(t *testing.T) {
	for _, tt := range []struct {
		name, accept, text string
		want, not          []string
	}{
		{
			"HTML", browser, raised,
			[]string{
				"<title>failed: ZeroDivisionError: division by zero · GET", "<h1>ZeroDivisionError: division by zero</h1>", "Python, exit status 1",
				"in <code>price</code> at <a href=\"vscode://file/", "shelf.py:5</a>", `<article class="app">`, "1 hidden frame <span>flask</span>",
				`<summary>Standard error <span>as it was written</span>`, "<h3>What the doctor finds</h3>\n<pre", "Mend line 5.", "how the request got there", "### failed",
			},
			[]string{"### panic", "<b>panic</b>", "Page.Paths", "values are exact"},
		},
		{"a chain", browser, followed, []string{"<h1>KeyError: &#39;ink&#39;</h1>", "<b>1</b> ZeroDivisionError: division by zero", "<b>2</b> KeyError: &#39;ink&#39; <small>raised while that was handled", `<mark><i class="n">100`}, nil},
		{"more than a traceback", browser, "the shelf is opened\n" + raised, []string{"<h3>Standard error</h3>\n<pre", "the shelf is opened"}, []string{"as it was written"}},
		{"no traceback", browser, "Can't locate Shop.pm", []string{"<h1>no answer</h1>", "<span>exit status 1</span>", "<h3>Standard error</h3>\n<pre", "Can&#39;t locate Shop.pm"}, []string{`id="stack"`, "Python"}},
		{
			"text", "*/*", raised,
			[]string{"failed: ZeroDivisionError: division by zero\nPython, exit status 1 in GET", "\nprice\n", "=>    5", "… 1 of flask", "What the doctor finds:\n  Mend line 5.", "how the request got there:\n"},
			[]string{"Standard error", "outside_test.go"},
		},
		{"no traceback, text", "*/*", "Can't locate Shop.pm\nBEGIN failed\n", []string{"failed: no answer", "Standard error:\n  Can't locate Shop.pm\n  BEGIN failed\n"}, nil},
		{"colours", "*/*", strings.ReplaceAll(strings.ReplaceAll(raised, "price", "\x1b[35mpri\x1b[0mce"), "Zero", "\x1b[1;35mZero"), []string{"failed: ZeroDivisionError", "=>    5"}, []string{"[35m"}},
		{"markup", browser, strings.ReplaceAll(raised, "division", "</pre><script>"), []string{"&lt;/pre&gt;&lt;script&gt; by zero"}, []string{"<script"}},
		{"a link's scheme", browser, strings.ReplaceAll(raised, "%s", "javascript:alert(1)"), []string{`<code title="javascript:alert(1)">`}, []string{`href="javascript`}},
	} {
		page, log := develop(&cgitrace.Page{})
		w := traceback(page, request("GET", tt.accept, ""), fails(t, tt.text))
		body := w.Body.String()
		if w.Code != 500 {
			t.Errorf("%s: %d", tt.name, w.Code)
		}
		for _, want := range tt.want {
			if !strings.Contains(body, want) {
				t.Errorf("%s: no %q in\n%.3000s", tt.name, want, body)
			}
		}
		for _, not := range append(tt.not, "planted-in") {
			if strings.Contains(body, not) {
				t.Errorf("%s: %q is there", tt.name, not)
			}
		}
		if !strings.Contains(log.String(), `"error":"cgi: no answer"`) {
			t.Errorf("%s: the log has %s", tt.name, log.String())
		}
	}
}

func TestOutsideJSON(t *testing.T) {
	w := traceback(&cgitrace.Page{}, request("GET", "application/json", ""), fails(t, followed))
	var p struct {
		Detail string
		Panic  struct {
			Type    string
			Outside struct {
				Language string
				Stack    []struct {
					Title, How string
					Frames     []struct {
						Function, File, Failing string
						Line                    int
						Source                  []string
					}
				}
				Blocks []struct{ Heading, Text string }
			}
		}
	}
	if err := json.Unmarshal(w.Body.Bytes(), &p); err != nil {
		t.Fatal(err)
	}
	o := p.Panic.Outside
	if p.Detail != "KeyError: 'ink'" || p.Panic.Type != "Python, exit status 1" || o.Language != "Python" || len(o.Stack) != 2 || len(o.Blocks) != 2 {
		t.Fatalf("%+v", p)
	}
	if f := o.Stack[1].Frames[0]; f.Failing != "100, 0" {
		t.Errorf("what failed is %q", f.Failing)
	}
	if f := o.Stack[0].Frames[0]; f.Function != "price" || f.Line != 5 || f.Failing != "" || len(f.Source) == 0 || o.Stack[1].How == "" {
		t.Errorf("%+v", o.Stack)
	}
}

// Nobody but a developer sees what a program said, and without a Page around nothing is lost.
func TestOutsideWithheld(t *testing.T) {
	r := request("GET", browser, "")
	r.RemoteAddr = "203.0.113.1:4000"
	w := traceback(&cgitrace.Page{}, r, fails(t, raised))
	if w.Code != 500 || strings.Contains(w.Body.String(), "ZeroDivision") || strings.Contains(w.Body.String(), "shelf") {
		t.Errorf("a stranger gets %d %s", w.Code, w.Body)
	}
	for name, f := range map[string]*outside.Failure{"none": nil, "without blocks": {Err: errors.New("x")}} {
		w := traceback(&cgitrace.Page{}, request("GET", browser, ""), func(w http.ResponseWriter, _ *http.Request) {
			outside.Show(w, func() *outside.Failure { return f })
			w.WriteHeader(299)
		})
		if w.Code != 299 {
			t.Errorf("%s: %d", name, w.Code)
		}
	}
}

// However much a program says, the page stays below a megabyte.
func TestOutsideFlood(t *testing.T) {
	frame := "  File \"%s\", line 7, in <module>\n    price(100, 0)\n"
	for name, text := range map[string]string{
		"lines":      strings.Repeat("<&>\x00 said\n", 1<<20),
		"one line":   strings.Repeat("<", 8<<20),
		"frames":     "Traceback (most recent call last):\n" + strings.Repeat(frame, 600) + "E: " + strings.Repeat("\"", 3000) + "\n",
		"exceptions": strings.Repeat("Traceback (most recent call last):\n"+frame+"E: x\n\nDuring handling of the above exception, another exception occurred:\n\n", 300) + "Traceback (most recent call last):\n" + frame + "E: x\n",
	} {
		for _, accept := range []string{browser, "application/json", "*/*"} {
			w := traceback(&cgitrace.Page{}, request("GET", accept, ""), fails(t, text))
			if w.Code != 500 || w.Body.Len() > 1<<20 {
				t.Errorf("%s as %s: %d, %d bytes", name, accept, w.Code, w.Body.Len())
			}
		}
	}
}

// What a program says is one more place where secrets are, of the request, of this environment and
// of its own.
func TestOutsideSecrets(t *testing.T) {
	for name, value := range environment {
		t.Setenv(name, value)
	}
	own := planted{"program's environment": "planted-in-its-environ", "comment": "planted-in-comment", "Python": "planted-in-python"}
	for kind, inBody := range bodySecrets {
		for _, accept := range []string{browser, "application/json", "*/*"} {
			t.Run(kind+" as "+accept[:3], func(t *testing.T) {
				known := requestSecrets.with(inBody, planted{"program's environment": own["program's environment"]})
				text := "harmless-words\n"
				for _, s := range known {
					text += fmt.Sprintf("%s\n%q, %x, %v, %s;\n", s, s, s, []byte(s), strings.ToUpper(s))
				}
				text += strings.Replace(raised, "division by zero", "division by "+own["program's environment"]+" "+requestSecrets["cookie"]+" harmless-title", 1)
				text = strings.Replace(text, "in price", "in "+requestSecrets["own header"], 1)
				dir := filepath.Join(t.TempDir(), "traces")
				page, log := develop(&cgitrace.Page{LogDir: dir, Redact: func(name, _ string) bool { return name == "X-Customer" }})
				r := sent(t, "http://localhost:8080", kind)
				r.RemoteAddr = "127.0.0.1:4000"
				r.Header.Set("Accept", accept)
				said := fails(t, text, "SHELF_PASSWORD="+own["program's environment"])
				w := traceback(page, r, func(w http.ResponseWriter, r *http.Request) {
					_ = r.ParseMultipartForm(1 << 20)
					buf := make([]byte, 1<<16)
					for _, err := r.Body.Read(buf); err == nil; _, err = r.Body.Read(buf) {
					}
					said(w, r)
				})
				files, _ := filepath.Glob(filepath.Join(dir, "*"))
				if w.Code != 500 || len(files) != 1 {
					t.Fatalf("%d, files %v", w.Code, files)
				}
				file, _ := os.ReadFile(files[0])
				known.with(own).nowhere(t, map[string]string{"answer": w.Body.String(), "log": log.String(), "file": string(file)})
				for _, harmless := range []string{"harmless-title", "harmless-words", "ZeroDivisionError", "def", "Mend line 5."} {
					if !strings.Contains(w.Body.String(), harmless) || !strings.Contains(string(file), harmless) {
						t.Errorf("no %s", harmless)
					}
				}
			})
		}
	}
}

// A program in a container names its files as they are there.
func TestOutsidePaths(t *testing.T) {
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "shelf.py"), []byte(shelf), 0o600); err != nil {
		t.Fatal(err)
	}
	page := &cgitrace.Page{Paths: map[string]string{"/app": dir}, Editor: "idea://open?file={file}&line={line}"}
	w := traceback(page, request("GET", browser, ""), fails(t, strings.ReplaceAll(raised, "%s", "/app/shelf.py")))
	for _, want := range []string{`href="idea://open?file=` + filepath.ToSlash(dir) + `/shelf.py&amp;line=5"`, ">price</i>(of, x)", `data-n="5"`} {
		if !strings.Contains(w.Body.String(), want) {
			t.Errorf("no %q in\n%.5000s", want, w.Body)
		}
	}
}
