package bench_test

import (
	"testing"

	"github.com/surcoat/surcoat/bench/compression"
	"github.com/surcoat/surcoat/middleware/gzip"
)

func BenchmarkDictionary(b *testing.B) {
	for _, u := range compression.Updates {
		b.Run(u.Name, func(b *testing.B) {
			dictionaries := []*gzip.Dictionary{{Content: u.Old, Match: "/*"}}
			layers := append([]compression.Layer{
				surcoatGzip("surcoat", gzip.Compressor{Dictionaries: dictionaries}),
				surcoatGzip("surcoat-zstd", gzip.Compressor{Encodings: []gzip.Encoding{gzip.Zstd{}}}),
				surcoatGzip("surcoat-gzip", gzip.Compressor{Encodings: []gzip.Encoding{gzip.Gzip{}}}),
			}, compressors[1:]...)
			compression.Dictionary(b, u, layers...)
		})
	}
}

func BenchmarkCached(b *testing.B) {
	layers := append([]compression.Layer{
		surcoatGzip("surcoat", gzip.Compressor{Cache: &gzip.Cache{}}),
		surcoatGzip("surcoat-uncached", gzip.Compressor{}),
	}, compressors[1:]...)
	compression.Cached(b, append(layers, compression.Bare, compression.Limit)...)
}
