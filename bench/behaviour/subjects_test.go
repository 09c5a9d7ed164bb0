package behaviour_test

import (
	"io"
	"log"
	"net/http"
	"testing"

	"github.com/CAFxX/httpcompression"
	"github.com/NYTimes/gziphandler"
	"github.com/alexedwards/scs/v2"
	"github.com/go-chi/chi/v5/middleware"
	"github.com/gorilla/handlers"
	"github.com/justinas/alice"
	"github.com/klauspost/compress/gzhttp"
	"github.com/urfave/negroni/v3"
)

// The modules that subjects come from.
const (
	modAlice       = "github.com/justinas/alice"
	modChi         = "github.com/go-chi/chi/v5"
	modCompress    = "github.com/klauspost/compress"
	modSCS         = "github.com/alexedwards/scs/v2"
	modHandlers    = "github.com/gorilla/handlers"
	modGziphandler = "github.com/NYTimes/gziphandler"
	modCompression = "github.com/CAFxX/httpcompression"
	modNegroni     = "github.com/urfave/negroni/v3"
)

var (
	usualStack = subject{"alice+gzhttp+scs", "alice + chi Recoverer + gzhttp + scs", false, []string{modAlice, modChi, modCompress, modSCS}, func(tb testing.TB) layer {
		return alice.New(middleware.Recoverer, gzhttpLayer(tb), scs.New().LoadAndSave).Then
	}}
	gzhttpSubject = subject{"gzhttp", "gzhttp", false, []string{modCompress}, gzhttpLayer}
	scsSubject    = subject{"scs", "scs LoadAndSave", false, []string{modSCS}, func(testing.TB) layer {
		return scs.New().LoadAndSave
	}}
	chiCompress = subject{"chi.Compress", "chi Compress", false, []string{modChi}, func(testing.TB) layer {
		return middleware.Compress(5)
	}}
	gorillaCompress = subject{"gorilla.Compress", "gorilla CompressHandler", false, []string{modHandlers}, func(testing.TB) layer {
		return handlers.CompressHandler
	}}
	gorillaRecovery = subject{"gorilla.Recovery", "gorilla RecoveryHandler", false, []string{modHandlers}, func(testing.TB) layer {
		return handlers.RecoveryHandler(handlers.RecoveryLogger(log.New(io.Discard, "", 0)))
	}}
	nytGzip = subject{"NYT.gziphandler", "NYT gziphandler", false, []string{modGziphandler}, func(testing.TB) layer {
		return gziphandler.GzipHandler
	}}
	httpCompression = subject{"httpcompression", "httpcompression", false, []string{modCompression}, func(tb testing.TB) layer {
		wrap, err := httpcompression.DefaultAdapter()
		if err != nil {
			tb.Fatal(err)
		}
		return wrap
	}}
	negroniSubject = subject{"negroni", "negroni with its Recovery", false, []string{modNegroni}, func(testing.TB) layer {
		recovery := negroni.NewRecovery()
		recovery.Logger = log.New(io.Discard, "", 0)
		return func(next http.Handler) http.Handler {
			n := negroni.New(recovery)
			n.UseHandler(next)
			return n
		}
	}}
)

var compressors = []subject{gzhttpSubject, chiCompress, gorillaCompress, nytGzip, httpCompression}

func gzhttpLayer(tb testing.TB) layer {
	wrap, err := gzhttp.NewWrapper()
	if err != nil {
		tb.Fatal(err)
	}
	return func(next http.Handler) http.Handler { return wrap(next) }
}

var suites = []suite{
	{
		"TestCompression", "Compression",
		"What the specification of middleware/gzip asks of a compressor, beyond what is asked of any layer.",
		compressors, "compression_test.go",
	},
}
