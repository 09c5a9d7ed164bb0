package lighttpdconf_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/surcoat/surcoat/gateway/doctor/internal/lighttpdconf"
)

// As Debian's.
const main = `
server.modules = (
	"mod_access",
	"mod_alias",
)
server.document-root = "/var/www/html" # documents
server.username      = "www-data"
url.access-deny = ( "~", ".inc" )
include_shell "/usr/share/lighttpd/create-mime.conf.pl"
include "conf-enabled/*.conf"
server.modules += ( "mod_staticfile", )
`

const cgi = `server.modules += ( "mod_cgi" )
$HTTP["url"] =~ "^/cgi-bin/" {
	cgi.assign = ( "" => "" )
	alias.url += ( "/cgi-bin/" => "/usr/lib/cgi-bin/" )
}
`

func ask(t *testing.T, file, main string, included ...string) string {
	t.Helper()
	dir := t.TempDir()
	write := func(name, text string) {
		if err := os.MkdirAll(filepath.Dir(name), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(name, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	write(filepath.Join(dir, "lighttpd.conf"), main)
	for i, text := range included {
		write(filepath.Join(dir, "conf-enabled", string(rune('a'+i))+".conf"), text)
	}
	a, err := lighttpdconf.Ask(filepath.Join(dir, "lighttpd.conf"), file)
	if err != nil {
		t.Fatal(err)
	}
	if a.User != "www-data" && strings.Contains(main, "www-data") {
		t.Errorf("the user is %q", a.User)
	}
	words := []string{}
	for _, p := range a.Problems {
		words = append(words, p.Cause)
		if p.Text == "" || p.Fix == "" || p.Evidence == "" {
			t.Errorf("a problem without text, fix or evidence: %+v", p)
		}
	}
	if len(words) == 0 {
		words = append(words, "run")
	}
	if a.Interpreter != "" {
		words = append(words, "by "+a.Interpreter)
	}
	if len(a.Unread) > 0 {
		words = append(words, "unread")
	}
	return strings.Join(words, " ")
}

func TestAsk(t *testing.T) {
	for _, tt := range []struct{ file, included, want string }{
		{"/usr/lib/cgi-bin/a.py", cgi, "run"},
		{"/usr/lib/cgi-bin/a.py", "", "not-served"},
		{"/var/www/html/a.py", cgi, "not-told-cgi"},
		{"/var/www/html/cgi-bin/a.py", cgi, "run"},
		{"/srv/a.py", cgi, "not-served"},
		{"/usr/lib/cgi-bin/a.py", strings.Replace(cgi, `"mod_cgi"`, ``, 1), "no-cgi-module"},
		{"/var/www/html/a.py", `server.modules += ( "mod_cgi" ) cgi.assign = ( ".pl" => "/usr/bin/perl", ".py" => "/usr/bin/python3" )`, "run by /usr/bin/python3"},
		{"/var/www/html/a.rb", `server.modules += ( "mod_cgi" ) cgi.assign = ( ".pl" => "/usr/bin/perl" )`, "not-told-cgi"},
		{"/var/www/html/a.py", "server.modules += (\"mod_cgi\")\ncgi.assign = (\".pl\" => \"\")\ncgi.assign += (\".py\" => \"\")\n", "run"},
		{"/var/www/html/a.py~", cgi, "access-rule"},
		{"/var/www/html/a.py", `fastcgi.server = ( ".py" => (( "socket" => "/run/a.sock" )) )`, "intercepted"},
		{"/usr/lib/cgi-bin/a.py", cgi + `scgi.server = ( "/cgi-bin" => (( "port" => 4000 )) )`, "intercepted"},
		{"/usr/lib/cgi-bin/a.py", cgi + `$HTTP["url"] =~ "^/other/" { scgi.server = ( "/cgi-bin" => (( "port" => 4000 )) ) }`, "run"},
		{"/var/www/html/a.py", `server.modules += ("mod_cgi") $HTTP["url"] =^ "/x" { cgi.assign = ("" => "") } else { cgi.assign = (".py" => "") }`, "run"},
		{"/var/www/html/x/a.py", `server.modules += ("mod_cgi") $HTTP["url"] =^ "/x" { } else { cgi.assign = (".py" => "") }`, "not-told-cgi"},
		{"/var/www/html/a.py", `server.modules += ("mod_cgi") $HTTP["url"] =~ "^/x" { } else $HTTP["url"] == "/a.py" { cgi.assign = (".py" => "") } else { }`, "run"},
		{"/var/www/html/a.py", `server.modules += ("mod_cgi") $HTTP["host"] == "example.com" { cgi.assign = (".py" => "") }`, "run"},
		{"/srv/x/a.py", `var.base = "/srv" server.modules += ("mod_cgi") alias.url = ( "/y" => var.base + "/x" ) cgi.assign = ( ".py" => "" )`, "run"},
		{"/var/www/html/a.py", cgi + `include "gone.conf"`, "not-told-cgi unread"},
		{"/usr/lib/cgi-bin/a.py", cgi + `include_shell "cat /etc/x"`, "run unread"},
	} {
		if got := ask(t, tt.file, main, tt.included); got != tt.want {
			t.Errorf("%s with %s: %s, want %s", tt.file, tt.included, got, tt.want)
		}
	}
}

// A list in itself, and that in itself, is not written out.
func TestAskNested(t *testing.T) {
	text := main + `var.x = ( "a", "b" )` + "\n" + strings.Repeat("var.x = ( var.x, var.x )\n", 50) + `cgi.assign = var.x`
	if got := ask(t, "/var/www/html/a.py", text); !strings.Contains(got, "not-told-cgi") && !strings.Contains(got, "no-cgi-module") {
		t.Error(got)
	}
}

func FuzzAsk(f *testing.F) {
	f.Add(main+cgi, "/usr/lib/cgi-bin/a.py")
	f.Add(`$HTTP["url"] =~ "^/x" { a += ("b" => ("c")) } else { x = a + a }`, "/a")
	f.Add(`}}{{(((("`, "/")
	f.Fuzz(func(t *testing.T, text, file string) {
		if strings.Contains(text, "include") { // reads what it names
			return
		}
		path := filepath.Join(t.TempDir(), "c")
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		if a, err := lighttpdconf.Ask(path, "/"+file); err != nil || len(a.Problems) > 10_000 {
			t.Error(err, len(a.Problems))
		}
	})
}
