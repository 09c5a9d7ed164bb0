// Package matrix_test is a test: one program behind every web server, by every protocol, has to see
// what it sees over HTTP, and its clients have to get what they get over HTTP.
//
// The paths are those of internal/webserver, with the configuration of docs/deploy; the program is
// testdata/echo. What differs is listed in known_test.go, each with the server that makes it and
// the reason why it cannot be mended; docs/parity.md is the table of both, which
//
//	go test ./gateway/matrix -update
//
// writes.
package matrix_test

import (
	"cmp"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/surcoat/surcoat/internal/webserver"
)

var update = flag.Bool("update", false, "write docs/parity.md")

// program is the built testdata/echo.
var program string

func TestMain(m *testing.M) {
	flag.Parse()
	dir, err := os.MkdirTemp("", "matrix")
	if err == nil {
		program = filepath.Join(dir, "echo")
		var out []byte
		if out, err = exec.Command("go", "build", "-o", program, "./testdata/echo").CombinedOutput(); err != nil {
			err = fmt.Errorf("testdata/echo: %w\n%s", err, out)
		}
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		_ = os.RemoveAll(dir)
		os.Exit(1)
	}
	code := m.Run()
	_ = os.RemoveAll(dir)
	os.Exit(code)
}

func TestMatrix(t *testing.T) {
	t.Parallel()
	if runtime.GOOS != "linux" {
		t.Skip("NOT TESTED: web servers are started on Linux only")
	}
	dir := openFolder(t)
	paths := webserver.Paths()
	site := webserver.Start(t, webserver.App{Binary: program, Env: []string{"ECHO_DIR=" + dir, "ECHO_MOUNT="}}, paths...)
	outcomes := run(site, dir, "", paths, probes())
	check(t, paths, probes(), outcomes, differences)
}

// place is a case on a path.
type place struct {
	path  webserver.Path
	probe string
}

// run does all the cases on all the paths, many at once.
func run(site *webserver.Site, dir, prefix string, paths []webserver.Path, list []probe) map[place]string {
	list = slices.Clone(list)
	slices.SortStableFunc(list, func(a, b probe) int { return cmp.Compare(bit(b.slow), bit(a.slow)) })
	outcomes := make(map[place]string)
	var mu sync.Mutex
	var all sync.WaitGroup
	room := make(chan struct{}, 16)
	slowRoom := make(chan struct{}, 300)
	for i, p := range list {
		for j, path := range paths {
			room := room
			if p.slow {
				room = slowRoom
			}
			room <- struct{}{}
			all.Go(func() {
				defer func() { <-room }()
				address, _, _ := strings.Cut(strings.TrimPrefix(site.URL(path), "http://"), "/")
				got := p.on(trip{address: address, prefix: prefix, dir: dir, id: fmt.Sprintf("id%d-%d", i, j)})
				mu.Lock()
				defer mu.Unlock()
				outcomes[place{path, p.name}] = got
			})
		}
	}
	all.Wait()
	return outcomes
}

func bit(b bool) int {
	if b {
		return 1
	}
	return 0
}
