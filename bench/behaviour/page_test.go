package behaviour_test

import (
	"bufio"
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"
)

// The repository's root, and the page in it.
const (
	root = "../../"
	page = root + "docs/comparison.md"
)

// A suite is a test and its table.
type suite struct {
	test     string
	title    string
	text     string
	subjects []subject
	source   string // folder or file, from the root, in which the questions are

	perProtocol bool // its tests are PROTOCOL/GROUP/CHECK, not QUESTION
}

// TestComparison keeps docs/comparison.md true: its questions are those that are
// asked now, its versions those of go.mod, and surcoat's column is found out anew. With -peers
// the other columns are too; with -update the page is then written.
func TestComparison(t *testing.T) {
	if *update && !*askPeers {
		t.Fatal("-update writes what -peers finds out: give both")
	}
	if devBuild {
		t.Skip("the page is about production builds")
	}
	if testing.Short() && !*askPeers {
		t.Skip("runs all of surcoat's questions a second time")
	}
	old, err := os.ReadFile(page)
	if err != nil && !*update {
		t.Fatal(err)
	}
	var fresh bytes.Buffer
	fmt.Fprint(&fresh, preface)
	for _, s := range suites {
		s.write(t, &fresh, readTable(string(old), s.title))
	}
	writeVersions(t, &fresh)
	if *update {
		if err := os.WriteFile(page, fresh.Bytes(), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	if want, got := withoutLines(fresh.String()), withoutLines(string(old)); want != got {
		t.Errorf("docs/comparison.md is not of this state; write it again with\n\tgo test -C bench ./behaviour -peers -update\n%s", firstDifference(got, want))
	}
}

const preface = `# Comparison

Who behaves how: the same questions, over real connections, to surcoat and to others, each of them in its newest
release and its recommended configuration. ✓ passes, ✗ fails, – does not apply. Every question is a link to
its test; what a layer is asked on HTTP/1.1 and on HTTP/2 it must pass on both. Written by

    go test -C bench ./behaviour -peers -update

` + "and kept true by `go test -C bench ./behaviour`; do not edit. One subject is asked by, for instance,\n`go test -C bench ./behaviour -peers -v -run 'TestCompression/gzhttp'`, which also says what it did instead.\n"

// write asks and renders. known are the results that the page has, for those who are not asked now.
func (s suite) write(t *testing.T, out *bytes.Buffer, known map[string]map[string]outcome) {
	var questions []string
	results := map[string]outcomes{}
	var mu sync.Mutex
	var others sync.WaitGroup
	for i, who := range s.subjects {
		switch {
		case i == 0: // is ours, and says what the questions are
			o := s.examine(t, who, nil)
			questions, results[who.name] = o.questions, o
		case who.ours || *askPeers:
			others.Go(func() {
				o := s.examine(t, who, questions)
				mu.Lock()
				defer mu.Unlock()
				results[who.name] = o
			})
		default:
			mu.Lock()
			results[who.name] = outcomes{of: known[who.title]}
			mu.Unlock()
		}
	}
	others.Wait()
	if len(questions) == 0 {
		t.Errorf("%s: surcoat was asked nothing", s.test)
	}
	fmt.Fprintf(out, "\n## %s\n\n%s\n\n|", s.title, s.text)
	for _, who := range s.subjects {
		fmt.Fprintf(out, " | %s", who.title)
	}
	fmt.Fprintf(out, " |\n|---%s|\n| passed of %d", strings.Repeat("|:---:", len(s.subjects)), len(questions))
	for _, who := range s.subjects {
		n := 0
		for _, q := range questions {
			if results[who.name].of[q] == passed {
				n++
			}
		}
		fmt.Fprintf(out, " | %d", n)
	}
	fmt.Fprintln(out, " |")
	for _, q := range questions {
		fmt.Fprintf(out, "| [%s](%s)", strings.ReplaceAll(q, "_", " "), s.link(q))
		for _, who := range s.subjects {
			result := results[who.name].of[q]
			if who.ours && result != passed && result != skipped {
				t.Errorf("%s fails at %s: go test -C bench ./behaviour -run %s/%s", who.title, q, s.test, who.name)
			}
			fmt.Fprintf(out, " | %s", result)
		}
		fmt.Fprintln(out, " |")
	}
}

// link finds the line on which a question is put: where its name starts a table's row, or
// else where it stands at all.
func (s suite) link(question string) string {
	files := []string{root + s.source}
	if found, err := filepath.Glob(filepath.Join(root, s.source, "*.go")); err == nil && len(found) > 0 {
		files = slices.DeleteFunc(found, func(name string) bool { return strings.HasSuffix(name, "_test.go") })
	}
	parts := strings.Split(strings.ReplaceAll(question, "_", " "), "/")
	for _, part := range slices.Backward(parts) {
		for _, form := range []string{`{"` + part + `"`, `"` + part + `"`} {
			for _, file := range files {
				text, err := os.ReadFile(file)
				if err != nil {
					continue
				}
				if before, _, found := bytes.Cut(text, []byte(form)); found {
					path := strings.TrimPrefix(filepath.ToSlash(file), root)
					return fmt.Sprintf("../%s#L%d", path, 1+bytes.Count(before, []byte("\n")))
				}
			}
		}
	}
	return "../" + s.source
}

// readTable returns the results of a table of the page, by column and question.
func readTable(text, title string) map[string]map[string]outcome {
	results := map[string]map[string]outcome{}
	_, text, _ = strings.Cut(text, "\n## "+title+"\n")
	text, _, _ = strings.Cut(text, "\n## ")
	var columns []string
	question := regexp.MustCompile(`^\[(.+)\]\(`)
	for in := bufio.NewScanner(strings.NewReader(text)); in.Scan(); {
		cells := strings.Split(in.Text(), "|")
		if len(cells) < 4 {
			continue
		}
		cells = cells[1 : len(cells)-1]
		for i := range cells {
			cells[i] = strings.TrimSpace(cells[i])
		}
		if columns == nil {
			columns = cells
			for _, c := range columns {
				results[c] = map[string]outcome{}
			}
			continue
		}
		m := question.FindStringSubmatch(cells[0])
		if m == nil {
			continue
		}
		for i, cell := range cells[1:] {
			results[columns[i+1]][strings.ReplaceAll(m[1], " ", "_")] = outcome(cell)
		}
	}
	return results
}

// writeVersions lists the modules behind the subjects, as go.mod has them.
func writeVersions(t *testing.T, out *bytes.Buffer) {
	mod, err := os.ReadFile("../go.mod")
	if err != nil {
		t.Fatal(err)
	}
	var wanted []string
	for _, s := range suites {
		for _, who := range s.subjects {
			wanted = append(wanted, who.modules...)
		}
	}
	fmt.Fprint(out, "\n## Versions\n\n")
	for line := range strings.Lines(string(mod)) {
		if fields := strings.Fields(line); len(fields) >= 2 && slices.Contains(wanted, fields[0]) {
			fmt.Fprintf(out, "- %s %s\n", fields[0], fields[1])
		}
	}
}

var line = regexp.MustCompile(`#L\d+`)

// withoutLines makes pages equal that differ only in where a test stands in its file.
func withoutLines(s string) string { return line.ReplaceAllString(s, "") }

func firstDifference(got, want string) string {
	g, w := strings.Split(got, "\n"), strings.Split(want, "\n")
	for i := range max(len(g), len(w)) {
		var a, b string
		if i < len(g) {
			a = g[i]
		}
		if i < len(w) {
			b = w[i]
		}
		if a != b {
			return fmt.Sprintf("line %d:\n- %s\n+ %s", i+1, a, b)
		}
	}
	return ""
}
