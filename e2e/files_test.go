package e2e_test

import (
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"testing"

	"github.com/klauspost/compress/zstd"

	"github.com/surcoat/surcoat/middleware/gzip"
)

// A script that lies compressed beside itself runs.
func TestFiles(t *testing.T) {
	dir := t.TempDir()
	write := func(name string, content []byte) {
		t.Helper()
		if err := os.WriteFile(filepath.Join(dir, name), content, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	encoder, err := zstd.NewWriter(nil)
	if err != nil {
		t.Fatal(err)
	}
	script := fmt.Appendf(nil, "/*%4000d*/ document.querySelector('#said').textContent = 'The script ran.'", 1)
	copied := encoder.EncodeAll(script, nil)
	write("index.html", []byte("<!doctype html><title>Files</title><link rel=icon href=data:,><p id=said>Nothing yet.<script src=app.js></script>"))
	write("app.js", script)
	write("app.js.zst", copied)

	files := &gzip.Files{FS: os.DirFS(dir)}
	mux := http.NewServeMux()
	mux.Handle("/bare/", http.StripPrefix("/bare", files))
	mux.Handle("/wrapped/", (&gzip.Compressor{}).Wrap(http.StripPrefix("/wrapped", files)))
	s := newSite(t, mux)
	p := newPerson(t)
	seen := p.traffic()
	for _, where := range []string{"/bare/", "/wrapped/"} {
		p.goTo(s.url + where)
		p.sees("#said", "The script ran.")
		e, r := s.last(where+"app.js"), seen.last(s.url+where+"app.js")
		if e.coding != "zstd" || e.length != len(copied) || r.content(p) != string(script) {
			t.Errorf("%s: %q with %d bytes; the copy has %d", where, e.coding, e.length, len(copied))
		}
	}
}
