//go:build dev

package source

import (
	"os"
	"path/filepath"
	"strconv"
	"strings"
)

// modulePath is the module that the go.mod in dir declares, "" where there is none.
func modulePath(dir string) string {
	text, err := os.ReadFile(filepath.Join(dir, "go.mod"))
	if err != nil {
		return ""
	}
	for _, path := range directives(string(text), "module") {
		return path
	}
	return ""
}

// directives returns the first argument of each directive of that name in a go.mod or go.work,
// which stands alone or in a block (https://go.dev/ref/mod#go-mod-file-lexical).
func directives(text, name string) (arguments []string) {
	block := ""
	for line := range strings.Lines(text) {
		line, _, _ = strings.Cut(line, "//")
		words := strings.Fields(line)
		switch {
		case len(words) == 0:
			continue
		case words[0] == ")":
			block = ""
			continue
		case block == "" && len(words) > 1 && words[1] == "(":
			block = words[0]
			continue
		case block == "":
			if words[0] != name || len(words) < 2 {
				continue
			}
			words = words[1:]
		case block != name:
			continue
		}
		argument := words[0]
		if argument[0] == '"' || argument[0] == '`' {
			// A path with spaces has been taken apart.
			from := strings.IndexByte(line, argument[0])
			to := strings.LastIndexByte(line, argument[0])
			unquoted, err := strconv.Unquote(line[from : to+1])
			if err != nil {
				continue
			}
			argument = unquoted
		}
		arguments = append(arguments, argument)
	}
	return arguments
}
