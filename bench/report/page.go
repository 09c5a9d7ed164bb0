package main

import (
	"fmt"
	"io"
	"regexp"
	"slices"
	"strings"
)

// about is what the figures themselves do not say.
type about struct {
	date     string
	runs     int
	versions []string
}

// write renders the page.
func (f *figures) write(w io.Writer, a about) {
	fmt.Fprint(w, `# Benchmarks

surcoat beside its peers, at the same work, in one process; for what caddy requires it has another one, in the same
runs, and behind web servers each server and each handler has its own. Written by `+"`scripts/bench`"+`; do not edit.

Times are given as ratios to the best peer of each case, unless it says otherwise: 0.25 means a quarter of its time.
Absolute times on somebody else's machine mean nothing. Every library's answer is checked before it is measured and again afterwards (the
body decoded and compared, the session read, strangers turned away), and the peers are set up as their documentation
recommends. ± is the 95 % confidence interval of a row's own time. The code is in [bench](../bench).

`)
	fmt.Fprintf(w, "Measured %s on %s with %s cores; median of %d interleaved runs.\n", a.date, f.cpu, f.cores, a.runs)
	fmt.Fprintf(w, "Versions: %s.\n", strings.Join(a.versions, ", "))
	f.writeGoals(w)
	slices.SortStableFunc(f.cases, func(a, b string) int { return place(a) - place(b) })
	for _, name := range f.cases {
		f.writeCase(w, name)
	}
}

func (f *figures) writeGoals(w io.Writer) {
	fmt.Fprint(w, "\n## Goals\n\n| goal | measured | |\n|---|---:|---|\n")
	for _, g := range goals {
		if !g.measured(f) {
			fmt.Fprintf(w, "| %s | | not measured |\n", g.text)
			continue
		}
		measured, met := g.measure(f)
		verdict := "missed"
		if met {
			verdict = "met"
		}
		fmt.Fprintf(w, "| %s | %s | %s |\n", g.text, measured, verdict)
	}
}

// parameter is what stands before a value in the name of a case.
var parameter = regexp.MustCompile(`/\w+=`)

func (f *figures) writeCase(w io.Writer, name string) {
	fmt.Fprintf(w, "\n## %s\n\n", parameter.ReplaceAllString(name, ", "))
	if i := place(name); i < len(cases) {
		fmt.Fprintf(w, "%s\n\n", cases[i].text)
	}
	q := measures(name)
	columns := []column{
		{q.heading, func(lib string) string { return f.value(name, lib, q) }},
		{"±", func(lib string) string { return f.medians[key{name, lib, q.unit}].spread }},
	}
	for _, more := range q.also {
		if !f.any(name, more.unit) {
			continue
		}
		columns = append(columns, column{more.heading, func(lib string) string { return f.value(name, lib, more) }})
	}
	for _, more := range []struct{ heading, unit string }{
		{"allocations", allocs}, {"bytes allocated", memory}, {"body sent", body},
	} {
		if f.any(name, more.unit) {
			columns = append(columns, column{more.heading, func(lib string) string {
				return fmt.Sprintf("%.0f", f.of(name, lib, more.unit))
			}})
		}
	}
	heading, rule := "| |", "|---|"
	for _, c := range columns {
		heading += " " + c.heading + " |"
		rule += "---:|"
	}
	fmt.Fprintf(w, "%s\n%s\n", heading, rule)
	for _, lib := range f.rows(name) {
		fmt.Fprintf(w, "| %s |", title(name, lib))
		for _, c := range columns {
			fmt.Fprintf(w, " %s |", c.cell(lib))
		}
		fmt.Fprintln(w)
	}
}

// rows are ours, the peers, and what is there for orientation.
func (f *figures) rows(name string) []string {
	rank := func(lib string) int {
		switch {
		case isOurs(lib):
			return 0
		case isReference(lib):
			return 2
		}
		return 1
	}
	rows := slices.Clone(f.libs[name])
	slices.SortStableFunc(rows, func(a, b string) int { return rank(a) - rank(b) })
	return rows
}

type column struct {
	heading string
	cell    func(lib string) string
}

// value is a row's figure in what the case is about.
func (f *figures) value(name, lib string, q *quantity) string {
	v := f.of(name, lib, q.unit)
	if q.absolute {
		return kilobytes(v)
	}
	base := q.base
	if base == "" {
		base = f.bestPeer(name)
	}
	if base == "" { // nobody else has this
		base = f.libs[name][0]
	}
	return factor(v / f.of(name, base, q.unit))
}

func kilobytes(bytes float64) string { return fmt.Sprintf("%.0f KB", bytes/1000) }

// factor keeps about three digits.
func factor(x float64) string {
	switch {
	case x < 0.1:
		return fmt.Sprintf("%.3f", x)
	case x < 10:
		return fmt.Sprintf("%.2f", x)
	}
	return fmt.Sprintf("%.0f", x)
}
