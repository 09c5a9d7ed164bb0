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
	modAlice        = "github.com/justinas/alice"
	modChi          = "github.com/go-chi/chi/v5"
	modCompress     = "github.com/klauspost/compress"
	modSessions     = "github.com/gorilla/sessions"
	modSecurecookie = "github.com/gorilla/securecookie"
	modSCS          = "github.com/alexedwards/scs/v2"
	modHandlers     = "github.com/gorilla/handlers"
	modGziphandler  = "github.com/NYTimes/gziphandler"
	modCompression  = "github.com/CAFxX/httpcompression"
	modNegroni      = "github.com/urfave/negroni/v3"
)

var (
	usualStack = layerSubject{subject{name: "alice+gzhttp+scs", title: "alice + chi Recoverer + gzhttp + scs", modules: []string{modAlice, modChi, modCompress, modSCS}}, func(tb testing.TB) layer {
		return alice.New(middleware.Recoverer, gzhttpLayer(tb), scs.New().LoadAndSave).Then
	}}
	gzhttpSubject = layerSubject{subject{name: "gzhttp", title: "gzhttp", modules: []string{modCompress}}, gzhttpLayer}
	scsSubject    = layerSubject{subject{name: "scs", title: "scs LoadAndSave", modules: []string{modSCS}}, func(testing.TB) layer {
		return scs.New().LoadAndSave
	}}
	chiCompress = layerSubject{subject{name: "chi.Compress", title: "chi Compress", modules: []string{modChi}}, func(testing.TB) layer {
		return middleware.Compress(5)
	}}
	gorillaCompress = layerSubject{subject{name: "gorilla.Compress", title: "gorilla CompressHandler", modules: []string{modHandlers}}, func(testing.TB) layer {
		return handlers.CompressHandler
	}}
	gorillaRecovery = layerSubject{subject{name: "gorilla.Recovery", title: "gorilla RecoveryHandler", modules: []string{modHandlers}}, func(testing.TB) layer {
		return handlers.RecoveryHandler(handlers.RecoveryLogger(log.New(io.Discard, "", 0)))
	}}
	nytGzip = layerSubject{subject{name: "NYT.gziphandler", title: "NYT gziphandler", modules: []string{modGziphandler}}, func(testing.TB) layer {
		return gziphandler.GzipHandler
	}}
	httpCompression = layerSubject{subject{name: "httpcompression", title: "httpcompression", modules: []string{modCompression}}, func(tb testing.TB) layer {
		wrap, err := httpcompression.DefaultAdapter()
		if err != nil {
			tb.Fatal(err)
		}
		return wrap
	}}
	negroniSubject = layerSubject{subject{name: "negroni", title: "negroni with its Recovery", modules: []string{modNegroni}}, func(testing.TB) layer {
		recovery := negroni.NewRecovery()
		recovery.Logger = log.New(io.Discard, "", 0)
		return func(next http.Handler) http.Handler {
			n := negroni.New(recovery)
			n.UseHandler(next)
			return n
		}
	}}
)

var layers = []layerSubject{surcoatStack, usualStack, gzhttpSubject, scsSubject, chiCompress, gorillaCompress, gorillaRecovery, nytGzip, negroniSubject}

var compressors = []layerSubject{surcoatGzip, gzhttpSubject, chiCompress, gorillaCompress, nytGzip, httpCompression}

func gzhttpLayer(tb testing.TB) layer {
	wrap, err := gzhttp.NewWrapper()
	if err != nil {
		tb.Fatal(err)
	}
	return func(next http.Handler) http.Handler { return wrap(next) }
}

var suites = []suite{
	{
		"TestAnyLayer", "Any layer",
		"What [middlewaretest](../middleware/middlewaretest) asks of any layer, whatever it is for.",
		subjects(layers), "middleware/middlewaretest", true,
	},
	{
		"TestCompression", "Compression",
		"What the specification of middleware/gzip asks of a compressor, beyond what is asked of any layer.",
		subjects(compressors), "bench/behaviour/compression_test.go", false,
	},
	{
		"TestSessions", "Sessions",
		"What the specification of middleware/session asks, as far as any session library can be asked.",
		subjects(sessionKeepers), "bench/behaviour/session_test.go", false,
	},
}

// subjects returns who they are.
func subjects[S interface{ who() subject }](list []S) []subject {
	all := make([]subject, len(list))
	for i, s := range list {
		all[i] = s.who()
	}
	return all
}

func (s subject) who() subject { return s }
