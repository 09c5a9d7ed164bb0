package matrix_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/surcoat/surcoat/internal/webserver"
)

// difference is one from HTTP without a server in front.
type difference struct {
	paths string // as "apache-cgi lighttpd-*"; "*" is all that have a server
	cases string // by name, with " | " between
	shows string // likewise how lines of the comparison begin that it explains; a status explains all
	what  string // it, in words
	why   string // who makes it, and why it cannot be mended
	// sometimes: it need not be there.
	sometimes bool
}

func (d difference) on(path webserver.Path, name string) bool {
	if !slices.Contains(strings.Split(d.cases, " | "), name) {
		return false
	}
	for _, pattern := range strings.Fields(d.paths) {
		begin, all := strings.CutSuffix(pattern, "*")
		if path.String() == pattern || all && strings.HasPrefix(path.String(), begin) {
			return true
		}
	}
	return false
}

// explains reports whether a line of a comparison is of that difference.
func (d difference) explains(line string) bool {
	return slices.ContainsFunc(strings.Split(d.shows, " | "), func(begin string) bool { return strings.HasPrefix(line, begin) })
}

// instead are the lines that take the place of all the others.
func instead(line string) bool {
	return strings.HasPrefix(line, "+ status ") || strings.HasPrefix(line, "+ no answer") || strings.HasPrefix(line, "+ torn")
}

// check compares each path with the first.
func check(t *testing.T, paths []webserver.Path, list []probe, outcomes map[place]string, known []difference) {
	t.Helper()
	for _, path := range paths[1:] {
		t.Run(path.String(), func(t *testing.T) {
			for _, p := range list {
				diff := differing(outcomes[place{path, p.name}], outcomes[place{paths[0], p.name}])
				if wrong := unexplained(diff, path, p.name, known); wrong != "" {
					t.Errorf("%s: %s:\n%s", p.name, wrong, diff)
				}
			}
		})
	}
}

// unexplained says what is wrong with a comparison, "" for nothing.
func unexplained(diff string, path webserver.Path, name string, known []difference) string {
	var lines []string
	if diff != "" {
		lines = strings.Split(diff, "\n")
	}
	replaced := false
	for _, d := range known {
		if !d.on(path, name) {
			continue
		}
		found := false
		for _, line := range lines {
			if d.explains(line) {
				found = true
				replaced = replaced || instead(line)
			}
		}
		if !found && !d.sometimes {
			return "a known difference is not there any more (" + d.what + ")"
		}
	}
	for _, line := range lines {
		if !replaced && !slices.ContainsFunc(known, func(d difference) bool { return d.on(path, name) && d.explains(line) }) {
			return "a difference"
		}
	}
	return ""
}

// TestUnexplained is of the matrix's own judgement.
func TestUnexplained(t *testing.T) {
	t.Parallel()
	known := []difference{
		{"nginx-*", "a | b", "+ sees A | - sees A", "A", "", false},
		{"nginx-fcgi", "a", "+ status 4", "refused", "", false},
		{"haproxy-http", "c", "- x", "sometimes", "", true},
	}
	for _, row := range []struct{ name, path, probe, diff, want string }{
		{"none", "nginx/http", "c", "", ""},
		{"listed", "nginx/http", "a", "- sees A 1\n+ sees A 2", ""},
		{"not listed", "apache/http", "a", "- sees A 1", "a difference"},
		{"more than is listed", "nginx/http", "b", "- sees A 1\n- sees B 1", "a difference"},
		{"gone", "nginx/http", "a", "", "a known difference is not there any more (A)"},
		{"one of two gone", "nginx/fcgi", "a", "- sees A 1", "a known difference is not there any more (refused)"},
		{"a status explains all", "nginx/fcgi", "a", "- sees A 1\n- sees B\n+ status 400\n+ a page", ""},
		{"another status does not", "nginx/fcgi", "a", "- sees A 1\n- sees B\n+ status 500", "a known difference is not there any more (refused)"},
		{"sometimes", "haproxy/http", "c", "", ""},
		{"and then", "haproxy/http", "c", "- x 1", ""},
	} {
		server, protocol, _ := strings.Cut(row.path, "/")
		if got := unexplained(row.diff, webserver.Path{Server: server, Protocol: protocol}, row.probe, known); got != row.want {
			t.Errorf("%s: %q", row.name, got)
		}
	}
}
