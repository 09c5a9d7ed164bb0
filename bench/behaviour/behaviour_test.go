// Package behaviour_test asks surcoat and its peers the same questions about how they
// behave, over real connections, and writes docs/comparison.md.
//
//	go test -C bench ./behaviour                     surcoat passes all, and the page is of this state
//	go test -C bench ./behaviour -peers -update      asks everyone again and writes the page
//	go test -C bench ./behaviour -peers -run 'TestCompression/gzhttp' -v
//
// Without -peers, the peers are not asked: what they fail at is no fault of this module.
package behaviour_test

import (
	"flag"
	"log/slog"
	"net/http"
	"os"
	"testing"

	"github.com/surcoat/surcoat/middleware/middlewaretest"
)

var (
	askPeers = flag.Bool("peers", false, "ask the peers too")
	update   = flag.Bool("update", false, "write docs/comparison.md; needs -peers")
)

// TestMain silences our own log: panics, forged cookies and the like are what is asked for.
func TestMain(m *testing.M) {
	slog.SetDefault(slog.New(slog.DiscardHandler))
	os.Exit(m.Run())
}

type layer = func(http.Handler) http.Handler

// A behaviour is a question that any layer of one kind can be asked.
type behaviour struct {
	name string
	ask  func(*testing.T, layer)
}

// A subject is somebody who is asked.
type subject struct {
	name    string // in test names
	title   string // in the page
	ours    bool
	modules []string // whose versions the page names
}

// ask runs f as the subject's subtest.
func (s subject) ask(t *testing.T, f func(*testing.T)) {
	t.Run(s.name, func(t *testing.T) {
		if !s.ours && !*askPeers {
			t.Skip("a peer; -peers asks it")
		}
		f(t)
	})
}

// layerSubject is a subject that is a layer.
type layerSubject struct {
	subject
	layer func(testing.TB) layer
}

// TestCompression asks compressors what the specification of middleware/gzip asks.
func TestCompression(t *testing.T) {
	for _, s := range compressors {
		s.ask(t, func(t *testing.T) {
			l := s.layer(t)
			for _, b := range compression {
				t.Run(b.name, func(t *testing.T) { b.ask(t, l) })
			}
		})
	}
}

// TestAnyLayer asks what middlewaretest asks of any layer, whatever it is for.
func TestAnyLayer(t *testing.T) {
	for _, s := range layers {
		s.ask(t, func(t *testing.T) {
			// The traceback of a development build may be appended to a page.
			middlewaretest.Suite{AppendsToHTML: s.ours && devBuild}.Run(t, s.layer(t))
		})
	}
}
