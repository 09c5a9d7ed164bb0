package serve_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/surcoat/surcoat/cmd/surcoat/internal/serve"
)

func TestParseApp(t *testing.T) {
	for text, want := range map[string]string{
		"cgi:/usr/bin/app":                        "|cgi|/usr/bin/app||",
		"/git=cgi:/usr/bin/app?env=A=b&env=C=d":   "/git|cgi|/usr/bin/app||",
		"/git/=cgi:/usr/bin/app":                  "/git|cgi|/usr/bin/app||",
		"/=cgi-dir:/usr/lib/cgi-bin":              "|cgi-dir|/usr/lib/cgi-bin||",
		"/a/b=fcgi://127.0.0.1:9000":              "/a/b|fcgi||127.0.0.1:9000|",
		"fcgi://[::1]:9000/":                      "|fcgi||[::1]:9000|",
		"fcgi+unix:///run/php.sock?root=/srv":     "|fcgi||unix:/run/php.sock|",
		"scgi://localhost:4000":                   "|scgi||localhost:4000|",
		"uwsgi://127.0.0.1:3031":                  "|uwsgi||127.0.0.1:3031|",
		"ajp://127.0.0.1:8009?secret-file=/etc/s": "|ajp||127.0.0.1:8009|",
		"wsgi:site.wsgi:application?dir=/srv":     "|wsgi|site.wsgi:application||",
		"http://127.0.0.1:3000":                   "|http||127.0.0.1:3000|http://127.0.0.1:3000",
		"https://10.0.0.2/base/":                  "|https||10.0.0.2|https://10.0.0.2/base/",
		"http+unix:///run/a.sock":                 "|http||unix:/run/a.sock|http://localhost",
		"files:/srv/www":                          "|files|/srv/www||",

		"":                         "is no application",
		"/git":                     "says at which path, but not what",
		"/git=":                    "is no application",
		"/git=gopher://x:1":        "is no application",
		"/a?b=cgi:/x":              "is no path",
		"/a//b=cgi:/x":             "is no path",
		"/../a=cgi:/x":             "is no path",
		"/{a}=cgi:/x":              "is no path",
		"/a;b=cgi:/x":              "is no path",
		"cgi:":                     "names nothing; write it as cgi:/usr",
		"cgi+unix:///x":            "does not listen",
		"cgi:/x?threads=2":         `has no option "threads"; it has`,
		"cgi:/x?%zz":               "not understood",
		"fcgi:/run/php.sock":       "does not say where",
		"fcgi://127.0.0.1":         "has no port",
		"fcgi://127.0.0.1:1/path":  "has a path",
		"fcgi+unix://run/php.sock": "not absolute",
		"http://":                  "does not say where",
		"http://u:secret@h:1":      "has a user in it",
	} {
		a, err := serve.ParseApp(text)
		if err != nil {
			if !strings.Contains(err.Error(), want) {
				t.Errorf("%q: %v; want %q", text, err, want)
			}
			continue
		}
		base := ""
		if a.Base != nil {
			base = a.Base.String()
		}
		if got := fmt.Sprintf("%s|%s|%s|%s|%s", a.Path, a.Kind, a.Target, a.Address, base); got != want {
			t.Errorf("%q: %s; want %s", text, got, want)
		}
	}
}

func FuzzParseApp(f *testing.F) {
	f.Add("/git=cgi:/usr/bin/app?env=A=b")
	f.Fuzz(func(t *testing.T, text string) {
		a, err := serve.ParseApp(text)
		if err == nil && (a.Path != "" && a.Path[0] != '/' || strings.HasSuffix(a.Path, "/") || a.Target == "" && a.Address == "") {
			t.Errorf("%q: %+v", text, a)
		}
	})
}

func TestReadConfig(t *testing.T) {
	args, err := serve.ReadConfig(strings.NewReader("\ufeff# a site\nlisten http://127.0.0.1:1\r\n\n  app  /a=cgi:/x?env=A=b c \ngzip\n"), "site.conf")
	if got, want := strings.Join(args, "|"), "--listen=http://127.0.0.1:1|--app=/a=cgi:/x?env=A=b c|--gzip"; err != nil || got != want {
		t.Errorf("got %s, %v; want %s", got, err, want)
	}
	for text, want := range map[string]string{
		"gzip\n--gzip":               "site.conf, line 2: options have no dashes",
		"listen=http://x":            "site.conf, line 1: there is a space",
		"config other":               "site.conf, line 1: a file cannot name another",
		strings.Repeat("x", 100_000): "site.conf: ",
	} {
		if _, err := serve.ReadConfig(strings.NewReader(text), "site.conf"); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%.30q: %v; want %q", text, err, want)
		}
	}
}
