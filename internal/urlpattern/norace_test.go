//go:build !race

package urlpattern_test

const raceEnabled = false
