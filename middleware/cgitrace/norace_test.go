//go:build !race

package cgitrace_test

const raceBuilt = false
