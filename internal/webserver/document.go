package webserver

import (
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"runtime"
	"strings"
)

// document is a file of docs/deploy that is being fitted to a test.
type document struct {
	build *build
	name  string // as "nginx/fastcgi.conf"
	text  string
}

// deploy is the folder docs/deploy of this source.
var deploy = func() string {
	_, here, _, _ := runtime.Caller(0)
	return filepath.Join(filepath.Dir(here), "..", "..", "docs", "deploy")
}()

// fileOf is what the file for a protocol is called in a server's folder, without its extension.
func fileOf(protocol string) string {
	switch protocol {
	case "fcgi":
		return "fastcgi"
	case "spawned":
		return "fastcgi-spawned"
	}
	return protocol
}

// document reads a file of docs/deploy, in the form that its site has.
func (b *build) document(name string) *document {
	b.tb.Helper()
	text, err := os.ReadFile(filepath.Join(deploy, filepath.FromSlash(name)))
	b.must(err)
	return b.fitted(name, string(text))
}

// fitted is a document of that text.
func (b *build) fitted(name, text string) *document {
	b.tb.Helper()
	d := &document{b, name, text}
	if b.app.Prefix != "" && !strings.Contains(name, "/global.") {
		d.below(b.app.Prefix)
	}
	d.text = comment.ReplaceAllString(d.text, "")
	return d
}

// comment is what no server reads. Not every "#" begins one, but all in these files do.
var comment = regexp.MustCompile(`(?m)(^|[ \t]+)#.*$`)

// below puts the lines "# /wiki: …" in the place of the one after them.
func (d *document) below(prefix string) {
	d.build.tb.Helper()
	const mark = "# /wiki: "
	lines := strings.Split(d.text, "\n")
	var out []string
	pending, found := false, false
	for _, line := range lines {
		if variant, ok := strings.CutPrefix(strings.TrimSpace(line), mark); ok {
			out = append(out, put(variant, prefix))
			pending, found = true, true
			continue
		}
		if pending {
			pending = false
			continue
		}
		out = append(out, line)
	}
	if !found {
		d.build.tb.Fatalf("webserver: docs/deploy/%s does not say what it is below a path (%q)", d.name, mark)
	}
	d.text = strings.Join(out, "\n")
}

// put puts a prefix, as it is in a URL, into a line for /wiki. What stands in quotation marks by
// itself is compared with the path as it is decoded, and so is nginx's location; the rest is part
// of a URL.
func put(line, prefix string) string {
	decoded, err := url.PathUnescape(prefix)
	if err != nil {
		decoded = prefix
	}
	return strings.NewReplacer(`"/wiki"`, `"`+decoded+`"`, "location /wiki/", `location "`+decoded+`/"`, `"^/wiki(`, `"^`+decoded+`(`, "/wiki", prefix).Replace(line)
}

// replace puts what the test has in the place of what real life has, everywhere.
func (d *document) replace(real, test string) *document {
	d.build.tb.Helper()
	if !strings.Contains(d.text, real) {
		d.build.tb.Fatalf("webserver: docs/deploy/%s has no %q; it and internal/webserver have to agree", d.name, real)
	}
	d.text = strings.ReplaceAll(d.text, real, test)
	return d
}

// real are values of real life; none may be left.
var real = []string{"example.com", "/srv/", "/run/", ":80", ":8080", ":8009", ":9000", ":4000", ":3031", "> 8080", "> 8009", "> 4000", "> 3031", "choose-a-long-one", "listen 80"}

// done checks that nothing was forgotten, and returns the text.
func (d *document) done() string {
	d.build.tb.Helper()
	rest := strings.ReplaceAll(d.text, d.build.dir, "")
	rest = testAddress.ReplaceAllString(rest, "")
	for _, value := range real {
		if strings.Contains(rest, value) {
			d.build.tb.Fatalf("webserver: %q of docs/deploy/%s was not replaced", value, d.name)
		}
	}
	return d.text
}

// testAddress is what freeAddress gives out.
var testAddress = regexp.MustCompile(`127\.0\.0\.1:[12]\d{4}`)
