// Package compression has the cases in which compressors are compared. The libraries come from outside:
// most of them from bench's own tests; caddy, whose requirements would be bench's too, from those of the module
// bench/caddy.
package compression

import (
	"net/http"
	"testing"

	"github.com/surcoat/surcoat/bench/fixtures"
	"github.com/surcoat/surcoat/bench/harness"
)

// A Layer is one library, set up to compress with gzip at level 5.
type Layer struct {
	Lib  string
	Wrap func(next http.Handler) (http.Handler, error)
}

// Bare is no layer at all: what is above it is a layer's cost.
var Bare = Layer{"bare", func(next http.Handler) (http.Handler, error) { return next, nil }}

// JSON1K5 compresses 1.5 KB of JSON, which come to 93 bytes.
func JSON1K5(b *testing.B, layers ...Layer) {
	compressed(b, fixtures.NewPage(fixtures.JSON, fixtures.Alike), layers)
}

// JSON1K5Varied compresses 1.5 KB of JSON in which no two values are the same.
func JSON1K5Varied(b *testing.B, layers ...Layer) {
	compressed(b, fixtures.NewPage(fixtures.JSON, fixtures.Varied), layers)
}

// HTML16K compresses a page.
func HTML16K(b *testing.B, layers ...Layer) {
	compressed(b, fixtures.NewPage(fixtures.HTML, fixtures.HTML16K), layers)
}

// HTML256K compresses a long page.
func HTML256K(b *testing.B, layers ...Layer) {
	compressed(b, fixtures.NewPage(fixtures.HTML, fixtures.HTML256K), layers)
}

func compressed(b *testing.B, p fixtures.Page, layers []Layer) {
	for _, l := range layers {
		coding := "gzip"
		if l.Lib == Bare.Lib {
			coding = ""
		}
		w := harness.Work{
			Request: harness.Get("/", "Accept-Encoding", "gzip"),
			Check:   harness.WantBody(coding, p.MediaType(), p.Body()),
		}
		harness.Compare(b, w, l.around(p))
	}
}

// PassSmall asks for 21 bytes.
func PassSmall(b *testing.B, layers ...Layer) {
	passed(b, fixtures.NewPage(fixtures.JSON, fixtures.SmallJSON), harness.Get("/", "Accept-Encoding", "gzip"), layers)
}

// PassPNG asks for an image.
func PassPNG(b *testing.B, layers ...Layer) {
	passed(b, fixtures.NewPage(fixtures.PNG, fixtures.PNG64K), harness.Get("/", "Accept-Encoding", "gzip"), layers)
}

// PassNoAE asks for JSON without an Accept-Encoding.
func PassNoAE(b *testing.B, layers ...Layer) {
	passed(b, fixtures.NewPage(fixtures.JSON, fixtures.Alike), harness.Get("/"), layers)
}

// passed asks for what is not worth compressing. A library that compresses it all the
// same is right too, and pays for it.
func passed(b *testing.B, p fixtures.Page, request func() *http.Request, layers []Layer) {
	w := harness.Work{Request: request, Check: harness.WantBody(harness.AnyCoding, p.MediaType(), p.Body())}
	for _, l := range layers {
		harness.Compare(b, w, l.around(p))
	}
}

// around returns the layer with next in it, as a rival.
func (l Layer) around(next http.Handler) harness.Rival {
	return harness.Rival{Lib: l.Lib, Build: func(tb testing.TB) http.Handler { return l.wrap(tb, next) }}
}

func (l Layer) wrap(tb testing.TB, next http.Handler) http.Handler {
	h, err := l.Wrap(next)
	if err != nil {
		tb.Fatal(err)
	}
	return h
}
