//go:build dev && !race

package cgitrace_test

const raceBuilt = false
