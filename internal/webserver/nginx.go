package webserver

import (
	"os"
	"strings"

	"github.com/surcoat/surcoat/internal/testserver"
)

type nginx struct{}

func (nginx) fit(b *build, protocol, at string) string {
	b.tb.Helper()
	program := b.program(protocol)
	d := b.document("nginx/" + fileOf(protocol) + ".conf")
	d.replace("listen 80;", "listen "+at+";")
	d.replace("server_name example.com;", "")
	switch protocol {
	case "fcgi":
		d.replace("unix:/run/app/app.sock", "unix:"+program.address)
	case "scgi":
		d.replace("127.0.0.1:4000", program.address)
	case "uwsgi":
		d.replace("127.0.0.1:3031", program.address)
	case "http":
		d.replace("127.0.0.1:8080", program.address)
	}
	return d.done()
}

func (nginx) command(b *build, parts []string, _ []place) []string {
	b.tb.Helper()
	binary := testserver.Program(b.tb, "nginx", "nginx")
	user := ""
	if root() {
		user = "user www-data;"
	}
	b.must(os.Mkdir(b.file("nginx"), 0o777))
	file := b.write("nginx.conf", fill(nginxSkeleton, "USER", user, "DIR", b.dir, "SITES", strings.Join(parts, "\n")))
	return []string{binary, "-p", b.dir + "/", "-c", file, "-e", b.file("nginx.error.log")}
}

const nginxSkeleton = `daemon off;
pid DIR/nginx.pid;
error_log DIR/nginx.error.log notice;
USER
worker_processes 1;
events { worker_connections 768; }
http {
  access_log off;
  client_body_temp_path DIR/nginx/body;
  proxy_temp_path DIR/nginx/proxy;
  fastcgi_temp_path DIR/nginx/fastcgi;
  scgi_temp_path DIR/nginx/scgi;
  uwsgi_temp_path DIR/nginx/uwsgi;
SITES
}
`
