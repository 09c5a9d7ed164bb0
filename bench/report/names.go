package main

import "strings"

// names of rows that are no library's own name.
var names = map[string]string{
	"surcoat":        "**surcoat**",
	"surcoat-memory": "**surcoat**, in memory",
	"gorilla":        "gorilla CookieStore",
	"usual":          "alice + chi Recoverer + gzhttp + scs",
	"NYT":            "NYT gziphandler",
	"caddy":          "caddy",
	"bare":           "*bare handler*",
	"limit":          "*limit*",
	"closures":       "*closures*",
}

// namesIn are those of some cases, by how their names begin.
var namesIn = map[string]map[string]string{
	"Stack": {
		"surcoat":        "**surcoat**, sessions in a cookie",
		"surcoat-memory": "**surcoat**, sessions in memory",
		"gorilla":        "alice + chi Recoverer + gzhttp + gorilla CookieStore",
		"chi":            "chi with its Compress + scs",
		"negroni":        "negroni + gzhttp + scs",
	},
	"IdleStreams": {
		"surcoat-events": "**surcoat**, EventStreams",
	},
	"Dictionary": {
		"surcoat":      "**surcoat**, dcz",
		"surcoat-zstd": "**surcoat**, zstd",
		"surcoat-gzip": "**surcoat**, gzip",
	},
	"Application": {
		"surcoat-fcgi":  "**surcoat**, FastCGI",
		"surcoat-scgi":  "**surcoat**, SCGI",
		"surcoat-uwsgi": "**surcoat**, uwsgi",
		"httputil":      "HTTP, httputil.ReverseProxy",
	},
	"CGI": {
		"net-http-cgi": "net/http/cgi",
		"os-exec":      "*only os/exec*",
	},
	"Gateway": {
		"surcoat-fcgi":  "**surcoat**, FastCGI",
		"surcoat-scgi":  "**surcoat**, SCGI",
		"surcoat-uwsgi": "**surcoat**, uwsgi",
		"surcoat-ajp":   "**surcoat**, AJP",
		"http":          "HTTP, net/http",
		"stdlib-fcgi":   "FastCGI, net/http/fcgi",
	},
	"Python": {
		"surcoat":     "**surcoat**, wsgi.App",
		"nginx-uwsgi": "nginx and uWSGI",
		"mod_wsgi":    "mod_wsgi, daemon mode",
	},
	"IdleConnections": {
		"surcoat-fcgi": "**surcoat**, FastCGI",
		"http":         "HTTP, net/http",
		"stdlib-fcgi":  "FastCGI, net/http/fcgi",
	},
	"HugeVariables": {
		"surcoat-fcgi": "**surcoat**, FastCGI",
		"stdlib-fcgi":  "FastCGI, net/http/fcgi",
	},
	"RedisMix": {
		"surcoat":        "**surcoat**, redisstore",
		"surcoat-cached": "**surcoat**, redisstore with client-side caching",
		"redistore":      "boj/redistore",
		"go-redis":       "GET and SET with go-redis",
	},
	"Cached": {
		"surcoat":          "**surcoat**, with a Cache",
		"surcoat-uncached": "**surcoat**, without",
	},
}

// title is what a row is called.
func title(name, lib string) string {
	for beginning, own := range namesIn {
		if strings.HasPrefix(name, beginning) && own[lib] != "" {
			return own[lib]
		}
	}
	if names[lib] != "" {
		return names[lib]
	}
	return lib
}
