package serve

import (
	"bufio"
	"fmt"
	"io"
	"strings"
)

// ReadConfig reads a configuration file: the options of the command line without their dashes, one
// a line, with what belongs to it behind a space. Empty lines, and those that begin with "#", do
// not count. It returns them as a command line has them.
//
//	# the wiki and the repositories
//	listen https://example.org
//	app /git=cgi:/usr/lib/git-core/git-http-backend?env=GIT_PROJECT_ROOT=/srv/git
//	gzip
func ReadConfig(r io.Reader, name string) (args []string, err error) {
	lines := bufio.NewScanner(r)
	for n := 1; lines.Scan(); n++ {
		line := strings.TrimSpace(lines.Text())
		if n == 1 {
			line = strings.TrimPrefix(line, "\ufeff")
		}
		if line == "" || line[0] == '#' {
			continue
		}
		option, value, has := line, "", false
		if i := strings.IndexAny(line, " \t"); i >= 0 {
			option, value, has = line[:i], line[i:], true
		}
		switch {
		case strings.HasPrefix(option, "-"):
			return nil, fmt.Errorf("%s, line %d: options have no dashes in a file", name, n)
		case strings.Contains(option, "="):
			return nil, fmt.Errorf("%s, line %d: there is a space between an option and its value, not \"=\"", name, n)
		case option == "config":
			return nil, fmt.Errorf("%s, line %d: a file cannot name another", name, n)
		case has:
			args = append(args, "--"+option+"="+strings.TrimSpace(value))
		default:
			args = append(args, "--"+option)
		}
	}
	if err := lines.Err(); err != nil {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	return args, nil
}
