package paritytest

import "slices"

// Cases returns the table.
func Cases() []Case {
	return slices.Concat(answers(), headers(), copies(), faults(), bodies(), requests())
}
