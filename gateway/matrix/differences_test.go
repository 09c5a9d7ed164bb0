package matrix_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/surcoat/surcoat/internal/webserver"
)

// difference is one from HTTP that a server makes.
type difference struct {
	paths string // as "apache-cgi lighttpd-*"
	cases []string
	shows string // what is to be found in the comparison, so that nothing else hides behind it
	what  string // it, in words
	why   string // who makes it, and why that cannot be mended
}

func (d difference) on(path webserver.Path) bool {
	for _, pattern := range strings.Fields(d.paths) {
		server, all := strings.CutSuffix(pattern, "*")
		if path.String() == pattern || all && strings.HasPrefix(path.String(), server) && path.Server != "" {
			return true
		}
	}
	return false
}

func check(t *testing.T, paths []webserver.Path, list []probe, outcomes map[place]string, known []difference) {
	for _, path := range paths[1:] {
		t.Run(path.String(), func(t *testing.T) {
			for _, p := range list {
				diff := differing(outcomes[place{path, p.name}], outcomes[place{paths[0], p.name}])
				matching, listed := false, false
				for _, d := range known {
					if d.on(path) && slices.Contains(d.cases, p.name) {
						listed = true
						matching = matching || diff != "" && strings.Contains(diff, d.shows)
					}
				}
				switch {
				case listed && diff == "":
					t.Errorf("%s: a known difference is not there any more", p.name)
				case diff != "" && !matching:
					t.Errorf("%s:\n%s", p.name, diff)
				}
			}
		})
	}
}

func table(t *testing.T, paths []webserver.Path, list []probe, outcomes map[place]string) {}

var differences []difference
