// Package caddy_test measures Caddy's encode at the same work as the libraries in bench. scripts/bench
// runs both.
package caddy_test

import (
	"context"
	"encoding/json"
	"io"
	"log/slog"
	"net/http"
	"os"
	"testing"

	"github.com/caddyserver/caddy/v2"
	"github.com/caddyserver/caddy/v2/modules/caddyhttp"
	"github.com/caddyserver/caddy/v2/modules/caddyhttp/encode"
	_ "github.com/caddyserver/caddy/v2/modules/caddyhttp/encode/gzip" // is found by its name
	_ "github.com/caddyserver/caddy/v2/modules/caddyhttp/encode/zstd" // likewise

	"github.com/surcoat/surcoat/bench/compression"
)

func TestMain(m *testing.M) {
	compression.Serve(encoder)
	slog.SetDefault(slog.New(slog.NewTextHandler(io.Discard, nil)))
	os.Exit(m.Run())
}

// encoder is `encode zstd gzip`, which the documentation recommends; gzip is then at level 5.
var encoder = compression.Layer{Lib: "caddy", Wrap: func(next http.Handler) (http.Handler, error) {
	// The context is for what modules do in the background. These do nothing.
	ctx, _ := caddy.NewContext(caddy.Context{Context: context.Background()})
	own := &encode.Encode{EncodingsRaw: caddy.ModuleMap{"zstd": json.RawMessage("{}"), "gzip": json.RawMessage("{}")}}
	if err := own.Provision(ctx); err != nil {
		return nil, err
	}
	if err := own.Validate(); err != nil {
		return nil, err
	}
	inner := caddyhttp.HandlerFunc(func(w http.ResponseWriter, r *http.Request) error {
		next.ServeHTTP(w, r)
		return nil
	})
	return handler{own, inner}, nil
}}

// handler lets Caddy's kind of middleware stand where an http.Handler is asked for.
type handler struct {
	encode *encode.Encode
	next   caddyhttp.Handler
}

func (h handler) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if err := h.encode.ServeHTTP(w, r, h.next); err != nil {
		panic(err)
	}
}

func BenchmarkGzipJSON1K5(b *testing.B)       { compression.JSON1K5(b, encoder) }
func BenchmarkGzipJSON1K5Varied(b *testing.B) { compression.JSON1K5Varied(b, encoder) }
func BenchmarkGzipHTML16K(b *testing.B)       { compression.HTML16K(b, encoder) }
func BenchmarkGzipHTML256K(b *testing.B)      { compression.HTML256K(b, encoder) }
func BenchmarkPassSmall(b *testing.B)         { compression.PassSmall(b, encoder) }
func BenchmarkPassPNG(b *testing.B)           { compression.PassPNG(b, encoder) }
func BenchmarkPassNoAE(b *testing.B)          { compression.PassNoAE(b, encoder) }
func BenchmarkFile20M(b *testing.B)           { compression.File20M(b, encoder) }

func BenchmarkIdleStreams(b *testing.B) {
	b.Run("coding=gzip", func(b *testing.B) {
		compression.IdleStreams(b, 1000, compression.Stream{Layer: encoder})
	})
	b.Run("coding=zstd", func(b *testing.B) {
		compression.IdleStreams(b, 100, compression.Stream{Layer: encoder, Coding: "zstd"})
	})
}

func BenchmarkDictionary(b *testing.B) {
	for _, u := range compression.Updates {
		b.Run(u.Name, func(b *testing.B) { compression.Dictionary(b, u, encoder) })
	}
}

func BenchmarkCached(b *testing.B) { compression.Cached(b, encoder) }
