package webserver

import "testing"

// Deploy is the folder that the configuration is read from.
var Deploy = &deploy

// Fit makes replacements in a text as in a file of docs/deploy, pairs of what is there and what
// takes its place.
func Fit(tb testing.TB, prefix, text string, pairs ...string) string {
	b := &build{tb: tb, app: App{Prefix: prefix}, dir: "/tmp/web1"}
	d := b.fitted("x/x.conf", text)
	for i := 0; i+1 < len(pairs); i += 2 {
		d.replace(pairs[i], pairs[i+1])
	}
	return d.done()
}
