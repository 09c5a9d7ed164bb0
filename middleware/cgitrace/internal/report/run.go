//go:build dev

package report

import "github.com/surcoat/surcoat/middleware/cgitrace/internal/trace"

// Run is some frames of one kind in a row.
type Run struct {
	Frames  []Frame
	Folded  bool
	LeftOut int
}

// Runs groups the frames of s: those shown at once one by one, the others folded together.
func (s Section) Runs() (runs []Run) {
	for i, f := range s.Frames {
		leftOut := 0
		if s.LeftOut > 0 && i == s.tail() {
			leftOut = s.LeftOut
		}
		if last := len(runs) - 1; last >= 0 && runs[last].Folded && !f.Open && leftOut == 0 {
			runs[last].Frames = append(runs[last].Frames, f)
			continue
		}
		runs = append(runs, Run{Frames: []Frame{f}, Folded: !f.Open, LeftOut: leftOut})
	}
	return runs
}

// tail is the index of the first frame after those left out.
func (s Section) tail() int { return len(s.Frames) - trace.Tail }

// Packages names whose frames run holds, for its heading.
func (run Run) Packages() (names []string) {
	seen := make(map[string]bool)
	for _, f := range run.Frames {
		if !seen[f.Package] {
			seen[f.Package] = true
			names = append(names, f.Package)
		}
	}
	return names
}
