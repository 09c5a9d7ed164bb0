//go:build unix

package cgi_test

import (
	"bytes"
	"fmt"
	"io"
	"mime/multipart"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/surcoat/surcoat/gateway/cgi"
	"github.com/surcoat/surcoat/internal/testserver"
)

// Scripts as they have been written for thirty years, in a cgi-bin.
const (
	pythonScript = `
import cgi, cgitb, os, sys
cgitb.enable()
form = cgi.FieldStorage()
if form.getfirst("fail"):
    secret = form["no such field"].value
name = form.getfirst("name", "world")
print("Content-Type: text/html; charset=utf-8")
print("Set-Cookie: seen=1; Path=" + os.environ["SCRIPT_NAME"])
print()
print("<p>Hello, " + name + "</p>")
if "file" in form:
    data = form["file"].file.read()
    print("<p>%s: %d bytes</p>" % (form["file"].filename, len(data)))
`
	perlScript = `use strict; use warnings;
my $body = '';
read(STDIN, $body, $ENV{CONTENT_LENGTH}) if $ENV{CONTENT_LENGTH};
my %form = map { my ($k, $v) = split /=/, $_, 2; $v =~ tr/+/ /; $v =~ s/%(..)/chr hex $1/ge; ($k, $v) } split /&/, $body || $ENV{QUERY_STRING};
die "no name given\n" unless defined $form{name};
print "Status: 303 See Other\nLocation: $ENV{SCRIPT_NAME}/thanks\n\n" and exit if $ENV{REQUEST_METHOD} eq 'POST';
print "Content-type: text/plain\n\nHello, $form{name}$ENV{PATH_INFO}\n";
`
	shellScript = `cat <<END
Content-Type: text/plain

$REQUEST_METHOD $SCRIPT_NAME $PATH_INFO $QUERY_STRING
END
`
)

func TestScripts(t *testing.T) {
	log := journalDefault(t)
	dir := t.TempDir()
	write(t, dir, "hello.py", "#!"+python(t)+" -Wignore\n"+pythonScript)
	write(t, dir, "hello.pl", "#!"+testserver.Program(t, "perl", "perl")+"\n"+perlScript)
	write(t, dir, "hello.sh", "#!/bin/sh\n"+shellScript)
	at := site(t, &cgi.Dir{Root: dir})

	var upload bytes.Buffer
	form := multipart.NewWriter(&upload)
	_ = form.WriteField("name", "Ann")
	part, _ := form.CreateFormFile("file", "a.bin")
	_, _ = part.Write(bytes.Repeat([]byte{0, 255}, 1<<20))
	_ = form.Close()
	text := func(s string) io.Reader { return strings.NewReader(s) }
	const urlencoded = "application/x-www-form-urlencoded"
	for _, tt := range []struct {
		method, path, kind string
		body               io.Reader
		want               string
	}{
		{"GET", "/hello.py?name=Ann", "", nil, "200 Set-Cookie: seen=1; Path=/hello.py; <p>Hello, Ann</p>"},
		{"POST", "/hello.py", urlencoded, text("name=B%C3%B6b"), "200 Set-Cookie: seen=1; Path=/hello.py; <p>Hello, Böb</p>"},
		{"POST", "/hello.py", form.FormDataContentType(), &upload, "200 Set-Cookie: seen=1; Path=/hello.py; <p>Hello, Ann</p>\n<p>a.bin: 2097152 bytes</p>"},
		{"GET", "/hello.pl/x?name=Ann+B", "", nil, "200 Hello, Ann B/x"},
		{"POST", "/hello.pl", urlencoded, text("name=Ann"), "303 Location: /hello.pl/thanks;"},
		{"GET", "/hello.pl", "", nil, "502"},
		{"GET", "/hello.sh/a/b?c=d", "", nil, "200 GET /hello.sh /a/b c=d"},
		{"HEAD", "/hello.sh", "", nil, "200"},
	} {
		if got := ask(t, tt.method, at+tt.path, tt.body, "Content-Type: "+tt.kind); got != tt.want {
			t.Errorf("%s %s: %q, want %q", tt.method, tt.path, got, tt.want)
		}
	}
	if !strings.Contains(log.String(), `line="no name given"`) {
		t.Errorf("what the script died of is not in the log: %s", log)
	}
	// The page of cgitb, which knows the values, is an answer like any other: it reaches the client.
	if got := ask(t, "GET", at+"/hello.py?fail=1", nil); !strings.HasPrefix(got, "200 ") || !strings.Contains(got, "no such field") || !strings.Contains(got, "KeyError") {
		t.Errorf("%.500s", got)
	}
}

// python is the last Python that has the modules cgi and cgitb: 3.12, or older.
func python(t *testing.T) string {
	t.Helper()
	names := []string{"/usr/bin/python3", "python3"}
	for minor := 12; minor >= 8; minor-- {
		names = append(names, fmt.Sprintf("python3.%d", minor))
	}
	for _, name := range names {
		if exec.Command(name, "-Wignore", "-c", "import cgi, cgitb").Run() == nil {
			path, err := exec.LookPath(name)
			if err == nil {
				path, err = filepath.Abs(path)
			}
			if err == nil {
				return path
			}
		}
	}
	missing(t, "a Python with the module cgi", "python3.11")
	return ""
}
