package fcgi_test

import (
	"log"
	"net/http"
	"time"

	"github.com/surcoat/surcoat/gateway/fcgi"
)

// A PHP application below /blog, with its pictures and style sheets, and its front controller for
// everything else.
func ExampleClient() {
	const root = "/srv/blog"
	blog := &fcgi.Client{
		Addresses: []string{"unix:/run/php/php-fpm.sock"},
		Mount:     "/blog",
		Root:      root,
		Fallback:  "/index.php",
		Static:    http.FileServer(http.Dir(root)),
		Timeout:   5 * time.Minute,
	}
	if err := blog.Check(); err != nil {
		log.Fatal(err)
	}
	http.Handle("/blog/", blog)
	log.Fatal(http.ListenAndServe("127.0.0.1:8080", nil))
}

// PHP-FPM in a container, which has the files at another place.
func ExampleClient_container() {
	site := &fcgi.Client{
		Addresses:  []string{"php-1:9000", "php-2:9000"},
		Root:       "/srv/site",
		RemoteRoot: "/var/www/html",
	}
	log.Fatal(http.ListenAndServe("127.0.0.1:8080", site))
}
