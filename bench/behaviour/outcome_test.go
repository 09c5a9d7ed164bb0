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

// outcomes are a subject's, by question, in the order in which they were asked.
type outcomes struct {
	names []string
	of    map[string]outcome
}

var verdict = regexp.MustCompile(`^\s*--- (PASS|FAIL|SKIP): (\S+) \(`)

// examine asks one subject all questions of one test, in a process of its own: a
// peer that panics or hangs then spoils its own result only. What it left unanswered
// is asked again, each alone, and has failed when it is still unanswered.
func examine(t *testing.T, test string, s subject, questions []string) outcomes {
	t.Helper()
	o := parse(test+"/"+s.name, run(t, time.Minute, "^"+test+"$/^"+regexp.QuoteMeta(s.name)+"$"))
	for _, q := range questions {
		if _, done := o.of[q]; done || o.inherited(q) {
			continue
		}
		pattern := "^" + test + "$/^" + regexp.QuoteMeta(s.name) + "$"
		for part := range strings.SplitSeq(q, "/") {
			pattern += "/^" + regexp.QuoteMeta(part) + "$"
		}
		alone := parse(test+"/"+s.name, run(t, 20*time.Second, pattern))
		if result, done := alone.of[q]; done {
			o.of[q] = result
		} else {
			o.of[q] = failed
		}
	}
	return o
}

// inherited takes over the outcome of the group that q belongs to, where that ended
// before q was asked.
func (o outcomes) inherited(q string) bool {
	for group := q; ; {
		i := strings.LastIndexByte(group, '/')
		if i < 0 {
			return false
		}
		group = group[:i]
		if result, done := o.of[group]; done && result != passed {
			o.of[q] = result
			return true
		}
	}
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

// parse reads the verdicts below the test called root from the output of go test -v.
func parse(root, output string) outcomes {
	o := outcomes{of: map[string]outcome{}}
	var all []string
	for line := range strings.Lines(output) {
		m := verdict.FindStringSubmatch(line)
		if m == nil {
			continue
		}
		name, below := strings.CutPrefix(m[2], root+"/")
		if !below {
			continue
		}
		o.of[name] = map[string]outcome{"PASS": passed, "FAIL": failed, "SKIP": skipped}[m[1]]
		all = append(all, name)
	}
	// A group is reported like a question, before its own.
	for _, name := range all {
		if !slices.ContainsFunc(all, func(other string) bool { return strings.HasPrefix(other, name+"/") }) {
			o.names = append(o.names, name)
		}
	}
	return o
}
