//go:build dev

package source

import (
	"os"
	"runtime/debug"
)

// FindIn is Files.Find for a program that info describes, with nothing in Paths and the go
// command's variables as they are here but for those of env.
func FindIn(file string, info *debug.BuildInfo, env map[string]string, starts ...string) string {
	return look(info, starts, environment(func(name string) string {
		if v, ok := env[name]; ok {
			return v
		}
		return os.Getenv(name)
	})).find(file)
}

// Directives is directives.
func Directives(text, name string) []string { return directives(text, name) }
