package gzip_test

import (
	"net/http"
	"strings"
	"testing"

	"github.com/surcoat/surcoat/middleware/gzip"
)

// The numbers are those of the package's specification.
func TestNegotiation(t *testing.T) {
	onlyGzip := &gzip.Compressor{Encodings: []gzip.Encoding{gzip.Gzip{}}}
	both := &gzip.Compressor{}
	for _, c := range []struct {
		name   string
		zip    *gzip.Compressor
		accept string // lines divided by |
		want   string
	}{
		{"1 q=0", onlyGzip, "gzip;q=0", ""},
		{"1 Q=0.000 and spaces", onlyGzip, "gzip ; Q=0.000", ""},
		{"1 refused by name, allowed by star", onlyGzip, "gzip;q=0, *", ""},
		{"1 refused by name, another allowed by star", both, "zstd;q=0, *", "gzip"},
		{"1 refused after it was wanted", onlyGzip, "br, gzip;q=0", ""},
		{"2 star", both, "*", "zstd"},
		{"2 star, gzip only", onlyGzip, "*", "gzip"},
		{"2 star refused", both, "*;q=0", ""},
		{"2 star refused, gzip named", both, "gzip, *;q=0", "gzip"},
		{"2 identity preferred", both, "identity;q=1, gzip;q=0.5", ""},
		{"2 identity as good", both, "identity, gzip", "gzip"},
		{"2 identity less", both, "identity;q=0.5, gzip;q=1.0", "gzip"},
		{"2 our order among equals", both, "gzip, zstd", "zstd"},
		{"2 the client's order by weight", both, "gzip;q=1, zstd;q=0.9", "gzip"},
		{"2 a browser", both, "gzip, deflate, br, zstd", "zstd"},
		{"2 an older browser", both, "gzip, deflate, br", "gzip"},
		{"3 x-gzip", both, "x-gzip", "gzip"},
		{"3 case", both, "GZip", "gzip"},
		{"3 case, zstd", both, "ZSTD", "zstd"},
		{"3 notgzip", both, "notgzip", ""},
		{"3 gzipped", both, "gzipped, xgzip", ""},
		{"3 two lines", both, "br|gzip", "gzip"},
		{"3 two lines, the second refuses", both, "br|gzip;q=0", ""},
		{"3 malformed q", both, "gzip;q=", ""},
		{"3 malformed q, letters", both, "gzip;q=NaN", ""},
		{"3 malformed q, dots", both, "gzip;q=1.2.3", ""},
		{"3 malformed q, negative", both, "gzip;q=-1", ""},
		{"3 malformed q, too large", both, "gzip;q=1.001", ""},
		{"3 malformed list", both, ";;;,,,=;q", ""},
		{"3 malformed, but gzip is clear", both, ",, ;q=x , gzip", "gzip"},
		{"3 other parameters", both, "gzip;level=9;q=0.5", "gzip"},
		{"4 identity refused", both, "identity;q=0", ""},
		{"4 everything refused", both, "identity;q=0, *;q=0", ""},
		{"absent", both, "", ""},
		{"10,000 codings", both, strings.Repeat("a,", 10_000) + "gzip", ""},
		{"64 KB in one name", both, strings.Repeat("a", 64<<10) + ", gzip", "gzip"},
	} {
		t.Run(c.name, func(t *testing.T) {
			protocols(t, func(t *testing.T, proto int) {
				s := serveWith(t, proto, c.zip, text)
				var fields []string
				if c.accept != "" {
					for line := range strings.SplitSeq(c.accept, "|") {
						fields = append(fields, "Accept-Encoding: "+line)
					}
				}
				for range 2 { // the second time it may be remembered
					a := s.get(fields...)
					a.status(http.StatusOK)
					a.is(c.want, prose)
				}
				s.quiet()
			})
		})
	}
}

// What is remembered of clients' wishes is bounded, and never mixed up.
func TestManyAcceptEncodings(t *testing.T) {
	s := serve(t, 1, text)
	for round := range 2 {
		for i, want := range []string{"gzip", "zstd", "", "gzip", "zstd", "", "gzip", "zstd", "", "gzip", "zstd", ""} {
			wish := map[string]string{"": "identity", "gzip": "gzip", "zstd": "zstd"}[want]
			a := s.get("Accept-Encoding: " + strings.Repeat(" ,", i) + wish)
			if a.is(want, prose); t.Failed() {
				t.Fatalf("round %d, line %d", round, i)
			}
		}
	}
}
