package doctor_test

import (
	"encoding/json"
	"os"
	"regexp"
	"strings"
	"testing"

	"github.com/surcoat/surcoat/gateway/doctor"
)

// docs/doctor.md has all causes, and no other.
func TestDocumented(t *testing.T) {
	code, err := os.ReadFile("cause.go")
	if err != nil {
		t.Fatal(err)
	}
	docs, err := os.ReadFile("../../docs/doctor.md")
	if err != nil {
		t.Fatal(err)
	}
	known := make(map[string]bool)
	for _, m := range regexp.MustCompile(`Cause\s+= "([^"]+)"`).FindAllStringSubmatch(string(code), -1) {
		known[m[1]] = true
		if !strings.Contains(string(docs), "`"+m[1]+"`") {
			t.Errorf("docs/doctor.md does not have %s", m[1])
		}
	}
	for line := range strings.Lines(string(docs)) {
		first, _, _ := strings.Cut(strings.TrimPrefix(line, "| "), " |")
		for _, m := range regexp.MustCompile("`([^`]+)`").FindAllStringSubmatch(first, -1) {
			if strings.HasPrefix(line, "| `") && !known[m[1]] {
				t.Errorf("docs/doctor.md has %s, which is no cause", m[1])
			}
		}
	}
	if len(known) < 40 {
		t.Errorf("only %d causes were found", len(known))
	}
}

func TestReport(t *testing.T) {
	r := &doctor.Report{File: "/a", User: "ada", Findings: []doctor.Finding{
		{Level: doctor.Fault, Cause: doctor.CRLF, File: "/a", Text: "Bad.", Evidence: "one\ntwo", Fix: "Do:", Command: "this"},
		{Level: doctor.Note, Cause: doctor.InterpreterChain, File: "/b", Text: "Well.", Fix: "Nothing."},
	}, Unchecked: []string{"much"}}
	const want = `/a, as ada: 1 fault, 1 note

FAULT: Bad.
    | one
    | two
  Fix: Do:
      this

NOTE: Well.
  Fix: Nothing.

Not checked:
  - much
`
	if r.String() != want {
		t.Errorf("%s\nwant\n%s", r, want)
	}
	b, err := json.Marshal(r)
	var again doctor.Report
	if err != nil || json.Unmarshal(b, &again) != nil || again.String() != want {
		t.Errorf("%v: %s", err, b)
	}
	if err := json.Unmarshal([]byte(`{"findings":[{"level":"dire"}]}`), &again); err == nil {
		t.Error("a level that is none")
	}
	if healthy := (&doctor.Report{Findings: r.Findings[1:]}); healthy.Sick() || !r.Sick() {
		t.Error("a note is no sickness, and a fault is")
	}
}
