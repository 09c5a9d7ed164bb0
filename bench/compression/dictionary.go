package compression

import (
	"crypto/sha256"
	"encoding/base64"
	"testing"

	"github.com/surcoat/surcoat/bench/fixtures"
	"github.com/surcoat/surcoat/bench/harness"
)

// An Update is what a client asks for that has an older version of it.
type Update struct {
	Name      string
	MediaType string
	Old, New  []byte
}

// Updates are those of the Dictionary cases.
var Updates = []Update{
	{"asset=page", fixtures.HTML, fixtures.PageOld, fixtures.PageNew},
	{"asset=bundle", fixtures.JavaScript, fixtures.BundleOld, fixtures.BundleNew},
}

// Dictionary asks for an update as a browser does: with all the codings it knows, and with the hash
// of the version it has (RFC 9842).
func Dictionary(b *testing.B, u Update, layers ...Layer) {
	hash := sha256.Sum256(u.Old)
	p := fixtures.NewPage(u.MediaType, u.New)
	w := harness.Work{
		Request: harness.Get("/app",
			"Accept-Encoding", "gzip, deflate, zstd, dcz",
			"Available-Dictionary", ":"+base64.StdEncoding.EncodeToString(hash[:])+":",
			"Sec-Fetch-Site", "same-origin"),
		Check: harness.WantDifference(u.Old, harness.AnyCoding, u.MediaType, u.New),
	}
	for _, l := range layers {
		harness.Compare(b, w, l.around(p))
	}
}

// Cached asks again and again for a bundle that everybody may have, and that has a strong entity tag.
func Cached(b *testing.B, layers ...Layer) {
	compressed(b, fixtures.NewPage(fixtures.JavaScript, fixtures.BundleNew,
		"ETag", `"9b2c41"`, "Cache-Control", "public, max-age=31536000, immutable"), layers)
}
