//go:build dev

package report_test

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/surcoat/surcoat/middleware/cgitrace/internal/report"
	"github.com/surcoat/surcoat/middleware/cgitrace/internal/source"
)

// behind is a report on a program behind this one that failed: an exception raised while another was
// handled, and what was said beside.
func behind() *report.Report {
	frame := func(name, pkg string, line int, app bool) report.Frame {
		f := report.Frame{
			Function: name, Name: name, Package: pkg, File: "/srv/shop/" + pkg + ".py", Line: line, App: app, Open: app,
			Link: "vscode://file/srv/shop/" + pkg + ".py:7",
		}
		if app {
			f.Source = []source.Line{
				{Number: line - 1, Spans: []source.Span{{Class: "k", Text: "def"}, {Text: " price(x):"}}},
				{Number: line, Hot: true, Spans: []source.Span{{Text: "    "}, {Class: "k", Text: "return"}, {Text: " "}, {Class: "n", Text: "100"}, {Text: " / x"}}},
			}
			f.Marked = "100 / x"
		}
		return f
	}
	again := frame("price", "prices", 11, true)
	again.Repeated = 996
	r := realistic()
	r.Message, r.Type, r.Reason, r.Values, r.Chain, r.Value, r.Faults = "ZeroDivisionError: division by zero", "Python, exit status 1", "", "", nil, nil, nil
	r.Sections[0].Frames = r.Sections[0].Frames[len(r.Sections[0].Frames)-4:]
	r.Outside = &report.Outside{
		Language: "Python",
		Sections: []report.Section{
			{Title: "KeyError: 'nibs'", Frames: []report.Frame{frame("find", "stock", 6, true)}},
			{Title: r.Message, How: "raised while that was handled", Frames: []report.Frame{again, frame("dispatch", "flask", 919, false), frame("wsgi", "flask", 1511, false)}},
		},
		Failed: 1,
		Blocks: []report.Block{
			{Heading: "Standard error", Text: "Traceback (most recent call last):\n  …\n", Folded: true},
			{Heading: "What surcoat doctor finds", Text: "Mend line 11.\n\n    return 100 / x\n"},
		},
	}
	return r
}

// The formats as a whole, to be read by whoever changes them.
func TestOutsideGolden(t *testing.T) {
	r := behind()
	var text, problem bytes.Buffer
	r.Text(&text)
	r.JSON(&problem)
	page := render(t, r)
	_, page, _ = strings.Cut(page, "<body>")
	page, _, _ = strings.Cut(page, `<section id="request">`)
	for name, got := range map[string]string{"outside.txt": text.String(), "outside.json": problem.String(), "outside.md": r.Markdown(), "outside.html": page} {
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

// Whatever another program says is text, and as much of it as a page has room for.
func TestOutsideHostile(t *testing.T) {
	elements := func(r *report.Report) ([]string, string, error) {
		page := render(t, r)
		tags, _, err := skeleton(strings.ReplaceAll(page, `<i class="m">REDACTED</i>`, "REDACTED"))
		return tags, page, err
	}
	plain, _, err := elements(behind())
	if err != nil {
		t.Fatal(err)
	}
	for _, attack := range append(attacks, strings.Repeat("<&\x00", 1<<20)) {
		r := behind()
		r.Outside.Blocks[0].Text, r.Outside.Blocks[1].Text, r.Outside.Blocks[1].Heading = attack, attack, attack
		r.Outside.Sections[1].Title, r.Message = attack, attack
		tags, page, err := elements(r)
		if err != nil || len(tags) != len(plain) {
			t.Errorf("%.40q makes other elements: %d, not %d, %v", attack, len(tags), len(plain), err)
		}
		var problem, text bytes.Buffer
		r.JSON(&problem)
		r.Text(&text)
		for format, got := range map[string]string{"HTML": page, "JSON": problem.String(), "text": text.String(), "Markdown": r.Markdown()} {
			if len(got) > 1<<20 || steers(got) {
				t.Errorf("%.40q: %d bytes of %s", attack, len(got), format)
			}
		}
	}
}
