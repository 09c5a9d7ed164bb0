//go:build dev

package behaviour_test

// devBuild says that panics are answered with a traceback.
const devBuild = true
