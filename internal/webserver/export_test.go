package webserver

import (
	"os"
	"testing"
)

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

// StartBeside is Start with another program beside the one of app, which has its name with suffix
// behind it.
func StartBeside(tb testing.TB, app App, suffix, script string, paths ...Path) *Site {
	b := newBuild(tb, app)
	b.must(os.WriteFile(b.app.Binary+suffix, []byte(script), 0o755))
	b.must(os.Chmod(b.app.Binary+suffix, 0o755))
	for _, p := range paths {
		b.add(p)
	}
	return b.start()
}
