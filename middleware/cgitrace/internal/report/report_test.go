//go:build dev

package report_test

import (
	"bytes"
	"strings"
	"testing"

	"github.com/surcoat/surcoat/middleware/cgitrace/internal/report"
	"github.com/surcoat/surcoat/middleware/cgitrace/internal/source"
	"github.com/surcoat/surcoat/middleware/cgitrace/internal/value"
)

func sample() *report.Report {
	lines := []source.Line{{Number: 6, Spans: []source.Span{{Text: "\t"}, {Class: "k", Text: "return"}}}, {Number: 7, Hot: true, Spans: []source.Span{{Text: "\tx"}, {Class: "s", Text: "`</pre>`"}}}}
	app := report.Frame{Function: "shop.example/cart.Add", Name: "cart.Add", Package: "shop.example/cart", File: "/src/cart/a.go", Line: 7, App: true, Open: true, Link: "vscode://file/src/cart/a.go:7", Source: lines}
	lib := report.Frame{Function: "net/http.(*conn).serve", Name: "http.(*conn).serve", Package: "net/http", File: "/go/http/server.go", Line: 9}
	return &report.Report{
		Incident: "ABCDE-FGHIJ", Message: "bad \x1b[31m<b>", Type: "*cart.Error",
		Chain:    &report.Cause{Type: "*cart.Error", Text: "outer", Causes: []report.Cause{{Type: "a", Text: "left"}, {Type: "b", Text: "right"}}},
		Value:    &value.Node{Type: "*cart.Error", Text: "&{…}", Kids: []value.Node{{Name: "ID", Type: "int", Text: "7"}}, More: 2},
		Sections: []report.Section{{Frames: []report.Frame{app, lib, lib}}},
		Request:  report.Request{Method: "GET", URL: "/cart", Curl: "curl -i 'http://h/'", Environ: []string{"PATH"}},
		Build:    report.Build{Go: "go1.26", Platform: "plan9/mips", Settings: []report.Pair{{Name: "vcs.revision", Value: "0123abc"}}},
	}
}

func TestText(t *testing.T) {
	var b bytes.Buffer
	sample().Text(&b)
	for _, want := range []string{
		"panic: bad ␛[31m<b>\n", "*cart.Error in GET /cart, incident ABCDE-FGHIJ\n", "  *cart.Error: outer\n    a: left\n    b: right\n",
		"  *cart.Error{ID: 7, and 2 more}\n", "cart.Add\n  /src/cart/a.go:7\n", "     6      return\n", "  =>    7      x`</pre>`\n", "… 2 of net/http\n", "curl -i 'http://h/'\n",
	} {
		if !strings.Contains(b.String(), want) {
			t.Errorf("no %q in\n%s", want, b.String())
		}
	}
}

func TestHTMLEscapes(t *testing.T) {
	var b bytes.Buffer
	if err := sample().HTML(&b, "NONCE"); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"&lt;b&gt;</h1>", "<i class=\"s\">`&lt;/pre&gt;`</i>", `<style nonce="NONCE">`, `href="vscode://file/src/cart/a.go:7"`, "<summary>2 hidden frames", "<b>ID</b>", "2 more", "vcs.revision"} {
		if !strings.Contains(b.String(), want) {
			t.Errorf("no %s", want)
		}
	}
	if strings.Contains(b.String(), "ZgotmplZ") {
		t.Error("html/template has refused something")
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

func TestMarkdown(t *testing.T) {
	md := sample().Markdown()
	for _, want := range []string{"### panic: `bad", "`*cart.Error` in `GET /cart`", "// <- here", "shop.example/cart.Add\n    cart/a.go:7", "```sh\ncurl", "go1.26 plan9/mips, vcs.revision 0123abc"} {
		if !strings.Contains(md, want) {
			t.Errorf("no %q in\n%s", want, md)
		}
	}
	if strings.Contains(md, "/src/") {
		t.Errorf("a folder of somebody's machine is in\n%s", md)
	}
}
