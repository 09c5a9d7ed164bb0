//go:build dev && race

package cgitrace_test

// raceBuilt says that the programs to be built are to look for races too.
const raceBuilt = true
