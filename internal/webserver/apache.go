package webserver

import (
	"fmt"
	"os"
	"strings"

	"github.com/surcoat/surcoat/internal/testserver"
)

type apache struct{}

func (apache) fit(b *build, protocol, at string) string {
	b.tb.Helper()
	d := b.document("apache/" + fileOf(protocol) + ".conf")
	d.replace("<VirtualHost *:80>", "<VirtualHost "+at+">")
	d.replace("ServerName example.com", "ServerName localhost")
	switch protocol {
	case "cgi":
		d.replace(`SetEnv APP_DATA "/srv/app/data"`, b.each(`SetEnv %s "%s"`, "\n"))
		d.replace(`"/srv/app/app`, `"`+b.app.Binary)
		d.replace(`<Directory "/srv/app">`, `<Directory "`+b.dir+`">`)
	case "http":
		d.replace("http://127.0.0.1:8080/", "http://"+b.program(protocol).address+"/")
	case "ajp":
		d.replace("ajp://127.0.0.1:8009/", "ajp://"+b.program(protocol).address+"/")
		d.replace("secret=choose-a-long-one", "secret="+b.program(protocol).secret)
	case "scgi":
		d.replace("127.0.0.1:4000", b.program(protocol).address)
	case "uwsgi":
		d.replace("127.0.0.1:3031", b.program(protocol).address)
	default:
		d.replace("unix:/run/app/app.sock|", "unix:"+b.program(protocol).address+"|")
	}
	return d.done()
}

func (apache) command(b *build, parts []string, places []place) []string {
	b.tb.Helper()
	binary := testserver.Program(b.tb, "apache2", "apache2", "/usr/sbin/apache2")
	var listen strings.Builder
	for _, p := range places {
		fmt.Fprintf(&listen, "Listen %s\n", p.address)
	}
	user := ""
	if root() {
		user = "User www-data\nGroup www-data"
	}
	b.must(os.Mkdir(b.file("htdocs"), 0o755))
	file := b.write("apache.conf", fill(apacheSkeleton, "DIR", b.dir, "LISTEN", listen.String(), "USER", user, "SITES", strings.Join(parts, "\n")))
	return []string{binary, "-f", file, "-DFOREGROUND"}
}

// As Debian's, with few processes.
const apacheSkeleton = `ServerRoot "DIR"
DefaultRuntimeDir "DIR"
PidFile "DIR/apache.pid"
Mutex file:DIR default
ErrorLog "DIR/apache.error.log"
LogLevel warn
ServerName localhost
Define MODULES /usr/lib/apache2/modules
LoadModule mpm_event_module ${MODULES}/mod_mpm_event.so
LoadModule authz_core_module ${MODULES}/mod_authz_core.so
LoadModule env_module ${MODULES}/mod_env.so
LoadModule headers_module ${MODULES}/mod_headers.so
LoadModule alias_module ${MODULES}/mod_alias.so
LoadModule mime_module ${MODULES}/mod_mime.so
LoadModule cgid_module ${MODULES}/mod_cgid.so
LoadModule proxy_module ${MODULES}/mod_proxy.so
LoadModule proxy_http_module ${MODULES}/mod_proxy_http.so
LoadModule proxy_fcgi_module ${MODULES}/mod_proxy_fcgi.so
LoadModule proxy_scgi_module ${MODULES}/mod_proxy_scgi.so
LoadModule proxy_ajp_module ${MODULES}/mod_proxy_ajp.so
LoadModule proxy_uwsgi_module ${MODULES}/mod_proxy_uwsgi.so
TypesConfig /dev/null
USER
ScriptSock "DIR/cgisock"
StartServers 2
ThreadsPerChild 32
MinSpareThreads 32
MaxSpareThreads 96
MaxRequestWorkers 192
KeepAliveTimeout 5
DocumentRoot "DIR/htdocs"
<Directory />
  AllowOverride None
  Require all denied
</Directory>
<Directory "DIR/htdocs">
  Require all granted
</Directory>
LISTEN
SITES
`
