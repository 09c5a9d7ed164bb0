//go:build dev

package report_test

import (
	"bytes"
	"fmt"
	"strings"
	"testing"

	"github.com/surcoat/surcoat/middleware/cgitrace/internal/report"
	"github.com/surcoat/surcoat/middleware/cgitrace/internal/source"
	"github.com/surcoat/surcoat/middleware/cgitrace/internal/value"
)

// bloated is a report with more in it than anybody could read, all of it dear to escape.
func bloated() *report.Report {
	quotes := strings.Repeat(`"`, 2000)
	var many []value.Node
	for i := range 400 {
		many = append(many, leaf(fmt.Sprint(i), "string", quotes))
	}
	big := value.Node{Name: "big", Type: "[]string", Text: "[400]", Kids: many}
	var lines []source.Line
	for i := range 11 {
		lines = append(lines, source.Line{Number: i + 1, Hot: i == 5, Spans: []source.Span{{Class: "s", Text: strings.Repeat("<", 1<<16)}}})
	}
	var pairs []report.Pair
	for i := range 3000 {
		pairs = append(pairs, report.Pair{Name: fmt.Sprint("name ", i), Value: quotes})
	}
	r := realistic()
	r.Message, r.Reason = strings.Repeat("<&>", 1<<18), strings.Repeat("&", 1<<18)
	r.Value = &big
	r.Chain = &report.Cause{Type: "a", Text: strings.Repeat("&", 1<<20)}
	for range 300 {
		r.Chain.Causes = append(r.Chain.Causes, *r.Chain)
		r.Chain.Causes[len(r.Chain.Causes)-1].Causes = nil
	}
	for i := range r.Sections[0].Frames {
		f := &r.Sections[0].Frames[i]
		f.Source = lines
		f.Expressions = []report.Expression{{Source: "big", Node: big}}
		for range 40 {
			f.Variables = append(f.Variables, report.Variable{Node: big, Role: report.Local})
		}
	}
	r.Sections = append(r.Sections, r.Sections[0])
	r.Request.URL, r.Request.Body, r.Request.Curl = quotes+quotes, strings.Repeat(quotes, 1000), strings.Repeat(quotes, 1000)
	r.Request.Header, r.Request.Query, r.Request.Form = pairs, pairs, pairs
	r.Build.Modules = pairs
	var dump strings.Builder
	for i := range 5000 {
		fmt.Fprintf(&dump, "goroutine %d [select]:\nmain.f%d()\n\t/src/main.go:%d +0x1\n\n", i, i, i)
	}
	r.Goroutines = dump.String()
	return r
}

// spec 6: a page stays below a megabyte.
func TestBounds(t *testing.T) {
	r := bloated()
	before := fmt.Sprint(r.Sections[0].Frames[0].Variables[2], len(r.Request.Header), r.Sections[0].Frames[0].Source)
	var page, text, problem bytes.Buffer
	if err := r.HTML(&page, "NONCE"); err != nil {
		t.Fatal(err)
	}
	r.Text(&text)
	r.JSON(&problem)
	for format, size := range map[string]int{"HTML": page.Len(), "text": text.Len(), "JSON": problem.Len(), "Markdown": len(r.Markdown())} {
		t.Logf("%s: %d bytes", format, size)
		if size > 1<<20 {
			t.Errorf("%s has %d bytes", format, size)
		}
	}
	if _, _, err := skeleton(page.String()); err != nil {
		t.Error(err)
	}
	if !strings.Contains(page.String(), "left out: the report is full") || !strings.Contains(page.String(), "… (cut short)") || !strings.Contains(page.String(), " more are left out") {
		t.Error("it does not say that something is left out")
	}
	if after := fmt.Sprint(r.Sections[0].Frames[0].Variables[2], len(r.Request.Header), r.Sections[0].Frames[0].Source); after != before {
		t.Error("the report itself was changed")
	}
}
