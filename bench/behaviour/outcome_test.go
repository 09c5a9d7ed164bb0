package behaviour_test

import (
	"context"
	"os"
	"os/exec"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"
)

// An outcome is what a subject did when it was asked one thing.
type outcome string

const (
	passed  outcome = "✓"
	failed  outcome = "✗"
	skipped outcome = "–" // the question makes no sense for it
)

// outcomes are a subject's, by question.
type outcomes struct {
	questions []string // in the order in which they were asked
	of        map[string]outcome
	finished  bool // the subject's test came to its end
}

// question returns the row that a test belongs to. A suite that asks everything once for each
// protocol has one row for both, and none for what stands below a check.
func (s suite) question(test string) string {
	if !s.perProtocol {
		return test
	}
	parts := strings.Split(test, "/")
	return strings.Join(parts[min(1, len(parts)-1):min(3, len(parts))], "/")
}

// pattern is the -run pattern for one subject, or for one question to it.
func (s suite) pattern(who subject, question string) string {
	p := "^" + s.test + "$/^" + regexp.QuoteMeta(who.name) + "$"
	if question == "" {
		return p
	}
	if s.perProtocol {
		p += "/."
	}
	for part := range strings.SplitSeq(question, "/") {
		p += "/^" + regexp.QuoteMeta(part) + "$"
	}
	return p
}

// examine asks one subject all questions of the suite, in a process of its own: a peer
// that panics or hangs then spoils its own result only. What it left unanswered is asked
// again, each alone, and has failed when it is still unanswered.
func (s suite) examine(t *testing.T, who subject, questions []string) outcomes {
	t.Helper()
	o := s.parse(who, run(t, 5*time.Minute, s.pattern(who, "")))
	for _, q := range questions {
		if _, answered := o.of[q]; answered {
			continue
		}
		o.of[q] = failed
		if !o.finished {
			if alone := s.parse(who, run(t, 30*time.Second, s.pattern(who, q))); alone.finished {
				o.of[q] = alone.of[q]
			}
		}
	}
	return o
}

func run(t *testing.T, limit time.Duration, pattern string) string {
	t.Helper()
	program, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), limit)
	defer cancel()
	out, _ := exec.CommandContext(ctx, program, "-test.run", pattern, "-test.v", "-test.count", "1", "-peers").CombinedOutput()
	return string(out)
}

var verdict = regexp.MustCompile(`^\s*--- (PASS|FAIL|SKIP): (\S+) \(`)

// parse reads a subject's verdicts from the output of go test -v.
func (s suite) parse(who subject, output string) outcomes {
	o := outcomes{of: map[string]outcome{}}
	root := s.test + "/" + who.name
	results := map[string]outcome{}
	var tests []string
	for line := range strings.Lines(output) {
		m := verdict.FindStringSubmatch(line)
		if m == nil {
			continue
		}
		if m[2] == root {
			o.finished = true
		}
		if name, below := strings.CutPrefix(m[2], root+"/"); below {
			results[name] = map[string]outcome{"PASS": passed, "FAIL": failed, "SKIP": skipped}[m[1]]
			tests = append(tests, name)
		}
	}
	for _, test := range tests {
		// A group is reported like a test, before its own.
		if slices.ContainsFunc(tests, func(other string) bool { return strings.HasPrefix(other, test+"/") }) {
			continue
		}
		q := s.question(test)
		before, again := o.of[q]
		if !again {
			o.questions = append(o.questions, q)
		}
		if !again || results[test] == failed || before == skipped {
			o.of[q] = results[test]
		}
	}
	return o
}
