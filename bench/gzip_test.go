package bench_test

import (
	"net/http"
	"testing"

	"github.com/CAFxX/httpcompression"
	"github.com/NYTimes/gziphandler"
	"github.com/go-chi/chi/v5/middleware"
	"github.com/klauspost/compress/gzhttp"

	"github.com/surcoat/surcoat/bench/compression"
	"github.com/surcoat/surcoat/middleware/gzip"
)

// compressors are set up for gzip at level 5, the level that gzhttp and surcoat choose by themselves.
var compressors = []compression.Layer{
	surcoatGzip("surcoat", gzip.Compressor{}),
	{Lib: "gzhttp", Wrap: func(next http.Handler) (http.Handler, error) {
		wrap, err := gzhttp.NewWrapper()
		if err != nil {
			return nil, err
		}
		return wrap(next), nil
	}},
	{Lib: "httpcompression", Wrap: func(next http.Handler) (http.Handler, error) {
		wrap, err := httpcompression.DefaultAdapter(httpcompression.GzipCompressionLevel(5))
		if err != nil {
			return nil, err
		}
		return wrap(next), nil
	}},
	{Lib: "chi", Wrap: func(next http.Handler) (http.Handler, error) {
		return middleware.Compress(5)(next), nil
	}},
	{Lib: "NYT", Wrap: func(next http.Handler) (http.Handler, error) {
		wrap, err := gziphandler.NewGzipLevelHandler(5)
		if err != nil {
			return nil, err
		}
		return wrap(next), nil
	}},
}

// surcoatGzip is our layer; c is copied for each handler.
func surcoatGzip(lib string, c gzip.Compressor) compression.Layer {
	return compression.Layer{Lib: lib, Wrap: func(next http.Handler) (http.Handler, error) {
		own := c
		return own.Wrap(next), nil
	}}
}

var (
	andBare  = append(compressors[:len(compressors):len(compressors)], compression.Bare)
	andLimit = append(andBare[:len(andBare):len(andBare)], compression.Limit)
)

func BenchmarkGzipJSON1K5(b *testing.B)       { compression.JSON1K5(b, andLimit...) }
func BenchmarkGzipJSON1K5Varied(b *testing.B) { compression.JSON1K5Varied(b, andLimit...) }
func BenchmarkGzipHTML16K(b *testing.B)       { compression.HTML16K(b, andLimit...) }
func BenchmarkGzipHTML256K(b *testing.B)      { compression.HTML256K(b, andLimit...) }
func BenchmarkPassSmall(b *testing.B)         { compression.PassSmall(b, andBare...) }
func BenchmarkPassPNG(b *testing.B)           { compression.PassPNG(b, andBare...) }
func BenchmarkPassNoAE(b *testing.B)          { compression.PassNoAE(b, andBare...) }
func BenchmarkFile20M(b *testing.B)           { compression.File20M(b, andBare...) }

// BenchmarkIdleStreams opens a tenth as many for zstd, of which one library would hold 18 GB.
func BenchmarkIdleStreams(b *testing.B) {
	b.Run("coding=gzip", func(b *testing.B) {
		events := compression.Stream{
			Layer:     surcoatGzip("surcoat-events", gzip.Compressor{EventStreams: true}),
			MediaType: "text/event-stream",
		}
		compression.IdleStreams(b, 1000, append(compression.Streams(andLimit...), events)...)
	})
	b.Run("coding=zstd", func(b *testing.B) {
		var streams []compression.Stream
		for _, l := range andBare {
			if l.Lib != "chi" && l.Lib != "NYT" { // have no zstd
				streams = append(streams, compression.Stream{Layer: l, Coding: "zstd"})
			}
		}
		compression.IdleStreams(b, 100, streams...)
	})
}
