package webserver

import (
	"fmt"
	"os"
	"strings"

	"github.com/surcoat/surcoat/internal/testserver"
)

type lighttpd struct{}

func (lighttpd) fit(b *build, protocol, at string) string {
	b.tb.Helper()
	d := b.document("lighttpd/" + fileOf(protocol) + ".conf")
	d.replace(`$HTTP["host"] == "example.com"`, fmt.Sprintf(`$SERVER["socket"] == %q`, at))
	switch protocol {
	case "cgi":
		d.replace(`"APP_DATA" => "/srv/app/data"`, b.each(`"%s" => "%s"`, ", "))
		d.replace(`"/srv/app/app"`, `"`+b.app.Binary+`"`)
	case "spawned":
		d.replace(`"APP_DATA" => "/srv/app/data"`, b.each(`"%s" => "%s"`, ", "))
		d.replace(`"/srv/app/app"`, `"`+b.app.Binary+`"`)
		d.replace(`"/run/lighttpd/app.sock"`, `"`+b.file("lighttpd/spawned.sock")+`"`)
	case "http":
		d.replace(`"port" => 8080,`, `"port" => `+portOf(b.program(protocol).address)+",")
	case "scgi":
		d.replace(`"port" => 4000,`, `"port" => `+portOf(b.program(protocol).address)+",")
	case "uwsgi":
		d.replace(`"port" => 3031,`, `"port" => `+portOf(b.program(protocol).address)+",")
	case "ajp":
		d.replace(`"port" => 8009,`, `"port" => `+portOf(b.program("ajp-open").address)+",")
	default:
		d.replace(`"/run/app/app.sock"`, `"`+b.program(protocol).address+`"`)
	}
	return d.done()
}

func (lighttpd) command(b *build, parts []string, _ []place) []string {
	b.tb.Helper()
	binary := testserver.Program(b.tb, "lighttpd", "lighttpd", "/usr/sbin/lighttpd")
	user := ""
	if root() {
		user = "server.username = \"www-data\"\nserver.groupname = \"www-data\""
	}
	b.must(os.Mkdir(b.file("lighttpd"), 0o777))
	b.must(os.Chmod(b.file("lighttpd"), 0o777))
	log := b.file("lighttpd.error.log")
	b.must(os.WriteFile(log, nil, 0o666))
	b.must(os.Chmod(log, 0o666))
	parts = append([]string{b.document("lighttpd/global.conf").done()}, parts...)
	file := b.write("lighttpd.conf", fill(lighttpdSkeleton, "DIR", b.dir, "USER", user, "PORT", portOf(b.freeAddress()), "SITES", strings.Join(parts, "\n")))
	return []string{binary, "-D", "-f", file}
}

// As Debian's, also in how addresses are read.
const lighttpdSkeleton = `server.modules = ( "mod_access", "mod_alias" )
server.document-root = "DIR/lighttpd"
server.upload-dirs = ( "DIR/lighttpd" )
server.errorlog = "DIR/lighttpd.error.log"
server.bind = "127.0.0.1"
server.port = PORT
USER
server.feature-flags += ( "server.h2proto" => "enable", "server.h2c" => "enable", "server.graceful-shutdown-timeout" => 5 )
server.http-parseopts = (
  "header-strict" => "enable",
  "host-strict" => "enable",
  "host-normalize" => "enable",
  "url-normalize-unreserved" => "enable",
  "url-normalize-required" => "enable",
  "url-ctrls-reject" => "enable",
  "url-path-2f-decode" => "enable",
  "url-path-dotseg-remove" => "enable",
)
SITES
`
