package uwsgi_test

import (
	"log"
	"net/http"

	"github.com/surcoat/surcoat/gateway/uwsgi"
)

// A Python application in uWSGI below /app, which finds "/app" in SCRIPT_NAME.
func ExampleClient() {
	app := &uwsgi.Client{Addresses: []string{"unix:/run/uwsgi/app.sock"}, Mount: "/app"}
	if err := app.Check(); err != nil {
		log.Fatal(err)
	}
	http.Handle("/app/", app)
	log.Fatal(http.ListenAndServe("127.0.0.1:8080", nil))
}
