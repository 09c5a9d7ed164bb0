//go:build dev && race

package stack_test

const raceEnabled = true
