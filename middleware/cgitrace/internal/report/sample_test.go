//go:build dev

package report_test

import (
	"fmt"
	"strings"
	"time"

	"github.com/surcoat/surcoat/middleware/cgitrace/internal/redact"
	"github.com/surcoat/surcoat/middleware/cgitrace/internal/report"
	"github.com/surcoat/surcoat/middleware/cgitrace/internal/source"
	"github.com/surcoat/surcoat/middleware/cgitrace/internal/value"
)

// sample is a small report.
func sample() *report.Report {
	lines := []source.Line{{Number: 6, Spans: []source.Span{{Text: "\t"}, {Class: "k", Text: "return"}}}, {Number: 7, Hot: true, Spans: []source.Span{{Text: "\tx"}, {Class: "s", Text: "`</pre>`"}}}}
	app := report.Frame{Function: "shop.example/cart.Add", Name: "cart.Add", Package: "shop.example/cart", File: "/src/cart/a.go", Line: 7, App: true, Open: true, Link: "vscode://file/src/cart/a.go:7", Source: lines}
	lib := report.Frame{Function: "net/http.(*conn).serve", Name: "http.(*conn).serve", Package: "net/http", File: "/go/http/server.go", Line: 9}
	return &report.Report{
		Incident: "ABCDE-FGHIJ", Message: "bad \x1b[31m<b>", Type: "*cart.Error",
		Sections: []report.Section{{Frames: []report.Frame{app, lib, lib}}},
		Request:  report.Request{Method: "GET", URL: "/cart", Curl: "curl -i 'http://h/'"},
		Build:    report.Build{Go: "go1.26", Platform: "plan9/mips"},
	}
}

// leaf is a value without parts.
func leaf(name, typ, text string) value.Node { return value.Node{Name: name, Type: typ, Text: text} }

// realistic is a report as a shop of some size gives it: twelve open frames with their
// source, sixty variables of six hundred nodes.
func realistic() *report.Report {
	files := source.NewReader(redact.New(nil))
	item := func(i int) value.Node {
		return value.Node{Name: fmt.Sprint(i), Type: "cart.Item", Text: "{…}", Kids: []value.Node{
			leaf("Name", "string", `"a \"blue\" pen & <ink>"`), leaf("Cents", "int64", "250"), leaf("Count", "int", "3"),
			{Name: "Tags", Type: "[]string", Text: "[3]", Kids: []value.Node{leaf("0", "string", `"blue"`), leaf("1", "string", `"ink"`), leaf("2", "string", `"<new>"`)}},
		}}
	}
	items := value.Node{Name: "Items", Type: "[]cart.Item", Text: "[5]", Kids: []value.Node{item(0), item(1), item(2), item(3)}, More: 1}
	owner := value.Node{Name: "Owner", Type: "*cart.Customer", Text: "&{…}", Kids: []value.Node{
		leaf("Name", "string", `"Ada"`), {Name: "Password", Type: "string", Text: redact.Mask, Masked: true}, leaf("Profile", "*cart.Profile", "nil"),
	}}
	this := value.Node{Name: "c", Type: "*cart.Cart", Text: "&{…}", Kids: []value.Node{owner, items, leaf("notes", "map[string]string", "nil")}}
	ctx := value.Node{Name: "ctx", Type: "context.Context", Text: "*context.valueCtx", Folded: true, Kids: []value.Node{
		{Name: "Context", Type: "context.Context", Text: "*context.cancelCtx", Folded: true, More: 7}, leaf("key", "any", "*http.contextKey"),
	}}
	request := value.Node{Name: "r", Type: "*http.Request", Text: "GET /cart/7/label", Folded: true, Kids: []value.Node{
		leaf("Method", "string", `"GET"`), leaf("Proto", "string", `"HTTP/1.1"`), leaf("ContentLength", "int64", "0"),
	}, More: 21}
	long := leaf("note", "string", `"`+strings.Repeat("Leave it with the neighbours on the left. ", 20)+`"`)

	frame := func(name string, line int) report.Frame {
		const module = "shop.example/internal/"
		f := report.Frame{
			Function: module + name, Name: name, Package: module + "cart", File: "/home/ada/shop/internal/cart/shop.go", Line: line,
			App: true, Open: true, Link: fmt.Sprintf("vscode://file/home/ada/shop/internal/cart/shop.go:%d", line),
			Source: files.Around("testdata/shop.go", line, 5),
		}
		for _, v := range []struct {
			role report.Role
			node value.Node
		}{
			{report.Argument, this},
			{report.Argument, ctx},
			{report.Result, value.Absent("err", "error", "not yet assigned")},
			{report.Local, leaf("total", "int64", "-1250")},
			{report.Local, value.Absent("rate", "float64", "optimized out")},
		} {
			f.Variables = append(f.Variables, report.Variable{Node: v.node, Role: v.role})
		}
		return f
	}
	label := frame("cart.(*Cart).Label", 29)
	label.Expressions = []report.Expression{
		{Source: "c.Owner", Node: owner},
		{Source: "c.Owner.Profile", Node: leaf("Profile", "*cart.Profile", "nil")},
	}
	label.Variables = append(label.Variables,
		report.Variable{Node: long, Role: report.Captured},
		report.Variable{Node: leaf("promotion", "cart.Offer", `"25% <off>"`), Role: report.Package})
	serve := frame("cart.(*handler).ServeHTTP", 53)
	serve.Variables = append(serve.Variables, report.Variable{Node: request, Role: report.Argument},
		report.Variable{Node: value.Node{Name: "apiKey", Type: "string", Text: redact.Mask, Masked: true}, Role: report.Local},
		report.Variable{Node: leaf("ok", "bool", "true"), Role: report.Local})

	library := func(name, pkg string) report.Frame {
		return report.Frame{
			Function: pkg[:strings.LastIndexByte(pkg, '/')+1] + name, Name: name, Package: pkg, File: "/usr/local/go/src/net/http/server.go", Line: 2322,
			Link: "vscode://file/usr/local/go/src/net/http/server.go:2322",
		}
	}
	origin := report.Section{Frames: []report.Frame{label, serve}}
	for i := range 10 {
		f := frame(fmt.Sprintf("cart.(*layer%d).serve", i), 36)
		origin.Frames = append(origin.Frames, library("http.HandlerFunc.ServeHTTP", "net/http"), f)
	}
	for range 12 {
		origin.Frames = append(origin.Frames, library("http.serverHandler.ServeHTTP", "net/http"), library("gzip.(*Compressor).Wrap.func1", "github.com/surcoat/surcoat/middleware/gzip"))
	}
	return &report.Report{
		Incident: "ABCDE-FGHIJ", Time: time.Date(2026, 2, 3, 14, 15, 16, 0, time.UTC), Took: 3 * time.Millisecond,
		Message: "runtime error: invalid memory address or nil pointer dereference", Type: "runtime.errorString",
		Reason: "c.Owner.Profile is nil (*cart.Profile); .Address cannot be read",
		Values: report.Exact,
		Faults: []report.Fault{{Text: "WriteHeader(302) came after Write had sent 200: it is ignored.", File: "/home/ada/shop/internal/cart/shop.go", Line: 47, Link: "vscode://file/home/ada/shop/internal/cart/shop.go:47"}},
		Chain: &report.Cause{Type: "*fmt.wrapError", Text: "label of cart 7: no address\nand no pen", Causes: []report.Cause{
			{Type: "*errors.joinError", Text: "no address\nand no pen", Causes: []report.Cause{{Type: "*errors.errorString", Text: "no address"}, {Type: "*fs.PathError", Text: "and no pen"}}},
		}},
		Value:    &value.Node{Type: "*cart.Error", Text: "&{…}", Kids: []value.Node{leaf("ID", "int", "7"), owner}, More: 2},
		Sections: []report.Section{origin},
		Request: report.Request{
			Method: "POST", URL: "/cart/7/label?page=2&token=REDACTED", Proto: "HTTP/1.1", Host: "localhost:8080", Remote: "127.0.0.1:50312", Pattern: "POST /cart/{id}/label",
			Header:  []report.Pair{{Name: "Accept", Value: "text/html,application/xhtml+xml;q=0.9,*/*;q=0.8"}, {Name: "Cookie", Value: "session=REDACTED; theme=REDACTED"}, {Name: "User-Agent", Value: "Mozilla/5.0 (X11; Linux x86_64)"}},
			Query:   []report.Pair{{Name: "page", Value: "2"}, {Name: "token", Value: redact.Mask}},
			Form:    []report.Pair{{Name: "user", Value: "ada"}, {Name: "password", Value: redact.Mask}},
			Curl:    `curl -i -X POST -H 'Accept: text/html,application/xhtml+xml;q=0.9,*/*;q=0.8' -H 'Cookie: session=REDACTED' --data-urlencode 'user=ada' --data-urlencode 'password=REDACTED' 'http://localhost:8080/cart/7/label?page=2'`,
			Environ: []string{"HOME", "PATH", "SHOP_DB_PASSWORD", "TZ"},
		},
		Goroutines: dump,
		Build: report.Build{
			Go: "go1.26.8", Platform: "linux/amd64", Main: "shop.example/cmd/shop", Routines: 14,
			Settings: []report.Pair{{Name: "-tags", Value: "dev"}, {Name: "vcs.revision", Value: "0123abc"}},
			Modules:  []report.Pair{{Name: "github.com/surcoat/surcoat", Value: "v1.0.0"}},
		},
	}
}

var dump = "goroutine 34 [running]:\nshop.example/internal/cart.(*Cart).Label(0xc000102000)\n\t/home/ada/shop/internal/cart/shop.go:26 +0x1d\n\n" +
	strings.Repeat("goroutine 7 [IO wait, 3 minutes]:\ninternal/poll.runtime_pollWait(0x7f, 0x72)\n\t/usr/local/go/src/runtime/netpoll.go:351 +0x85\nnet/http.(*conn).serve(0xc00001)\n\t/usr/local/go/src/net/http/server.go:3 +0x1\ncreated by net/http.(*Server).Serve in goroutine 1\n\t/usr/local/go/src/net/http/server.go:2 +0x1\n\n", 12) +
	"goroutine 1 [select]:\nmain.main()\n\t/home/ada/shop/cmd/shop/main.go:20 +0x1\n"
