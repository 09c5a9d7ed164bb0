package main

import (
	"fmt"
	"io"
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

surcoat beside its peers, at the same work, in one process. Written by `+"`scripts/bench`"+`; do not edit.

Times are given as ratios to the best peer of each case: 0.25 means a quarter of its time. Absolute times on
somebody else's machine mean nothing. Every library's answer is checked before it is measured and again afterwards (the
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

func (f *figures) writeCase(w io.Writer, name string) {
	fmt.Fprintf(w, "\n## %s\n\n", strings.ReplaceAll(name, "/coding=", ", "))
	if i := place(name); i < len(cases) {
		fmt.Fprintf(w, "%s\n\n", cases[i].text)
	}
	best := f.bestPeer(name)
	base := f.of(name, best, seconds)
	if best == "" { // nobody else has this
		best = f.libs[name][0]
		base = f.of(name, best, seconds)
	}
	_, bodies := f.medians[key{name, best, body}]
	fmt.Fprint(w, "| | time | ± | allocations | bytes allocated |")
	rule := "|---|---:|---:|---:|---:|"
	if bodies {
		fmt.Fprint(w, " body sent |")
		rule += "---:|"
	}
	fmt.Fprintf(w, "\n%s\n", rule)
	for _, lib := range f.libs[name] {
		time := f.medians[key{name, lib, seconds}]
		fmt.Fprintf(w, "| %s | %s | %s | %.0f | %.0f |", title(name, lib), factor(time.value/base), time.spread,
			f.of(name, lib, allocs), f.of(name, lib, memory))
		if bodies {
			fmt.Fprintf(w, " %.0f |", f.of(name, lib, body))
		}
		fmt.Fprintln(w)
	}
}

// title is what a row is called.
func title(name, lib string) string {
	if strings.HasPrefix(name, "Stack") && stackNames[lib] != "" {
		return stackNames[lib]
	}
	if names[lib] != "" {
		return names[lib]
	}
	return lib
}

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
