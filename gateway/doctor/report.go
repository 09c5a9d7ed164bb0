package doctor

import (
	"cmp"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"unicode"
)

// Report is the outcome of an examination.
type Report struct {
	// File is the program's absolute path.
	File string `json:"file"`
	// User is the account as which the program was examined.
	User string `json:"user"`
	// Findings are what is wrong, the worst first.
	Findings []Finding `json:"findings"`
	// Unchecked says what was not examined, and why.
	Unchecked []string `json:"unchecked,omitempty"`
	// Ran is what the program did, nil if it was not run.
	Ran *Run `json:"ran,omitempty"`
	// Fetched is what came through the server, nil where it was not asked.
	Fetched *Fetched `json:"fetched,omitempty"`
}

// Sick reports whether there is more than notes.
func (r *Report) Sick() bool {
	return slices.ContainsFunc(r.Findings, func(f Finding) bool { return f.Level > Note })
}

func (r *Report) fails() bool {
	return slices.ContainsFunc(r.Findings, func(f Finding) bool { return f.Level == Fault && !ofServer[f.Cause] })
}

// ofServer are the faults that do not keep the program itself from running.
var ofServer = map[Cause]bool{
	NotToldCGI: true, NoCGIModule: true, NoCGIInServer: true, Intercepted: true, NotServed: true, AccessRule: true,
	SuexecRefuses: true, PrivateTmp: true,
}

func (r *Report) sort() {
	slices.SortStableFunc(r.Findings, func(a, b Finding) int { return cmp.Compare(b.Level, a.Level) })
}

// String is the report for a person, at a terminal: what is not printable is written as Go does.
func (r *Report) String() string { return printable(r.text()) }

func (r *Report) text() string {
	var b strings.Builder
	as := ""
	if r.User != "" {
		as = ", as " + r.User
	}
	fmt.Fprintf(&b, "%s%s: %s\n", r.File, as, r.count())
	if r.Fetched != nil {
		fmt.Fprintf(&b, "\nFetched %s\n", r.Fetched)
	}
	if len(r.Findings) > 0 {
		b.WriteString("\n" + r.findingsText())
	}
	if r.Ran != nil {
		fmt.Fprintf(&b, "\nIt was run: %s\n", r.Ran)
		if r.Ran.Stderr != "" {
			b.WriteString("It wrote to its standard error:\n" + indent(tail(r.Ran.Stderr, 20), "    "))
		}
	}
	if len(r.Unchecked) > 0 {
		b.WriteString("\nNot checked:\n")
		for _, u := range r.Unchecked {
			b.WriteString("  - " + u + "\n")
		}
	}
	return b.String()
}

func (r *Report) count() string {
	var n [3]int
	for _, f := range r.Findings {
		n[min(max(f.Level, Note), Fault)]++
	}
	var parts []string
	for level := Fault; level >= Note; level-- {
		switch n[level] {
		case 0:
		case 1:
			parts = append(parts, "1 "+level.String())
		default:
			parts = append(parts, fmt.Sprintf("%d %ss", n[level], level))
		}
	}
	if len(parts) == 0 {
		return "nothing is wrong"
	}
	return strings.Join(parts, ", ")
}

func (r *Report) findingsText() string {
	var b strings.Builder
	for i, f := range r.Findings {
		if i > 0 {
			b.WriteByte('\n')
		}
		fmt.Fprintf(&b, "%s: %s\n", strings.ToUpper(f.Level.String()), f.Text)
		if f.Evidence != "" {
			b.WriteString(indent(f.Evidence, "    | "))
		}
		fmt.Fprintf(&b, "  Fix: %s\n", f.Fix)
		if f.Command != "" {
			b.WriteString(indent(f.Command, "      "))
		}
	}
	return b.String()
}

// printable keeps what programs, files and servers say from doing something to a terminal.
func printable(text string) string {
	keep := func(r rune) bool { return r == '\n' || r == '\t' || unicode.IsPrint(r) }
	if !strings.ContainsFunc(text, func(r rune) bool { return !keep(r) }) {
		return strings.ToValidUTF8(text, "\uFFFD")
	}
	var b strings.Builder
	for _, r := range text {
		if keep(r) {
			b.WriteRune(r)
			continue
		}
		s := strconv.QuoteRune(r)
		b.WriteString(s[1 : len(s)-1])
	}
	return b.String()
}

func indent(text, with string) string {
	var b strings.Builder
	for line := range strings.Lines(strings.TrimRight(text, "\n") + "\n") {
		b.WriteString(with + line)
	}
	return b.String()
}

// tail is the last n lines of a text.
func tail(text string, n int) string {
	lines := strings.Split(strings.TrimRight(text, "\n"), "\n")
	return strings.Join(lines[max(0, len(lines)-n):], "\n")
}
