package wsgi_test

import (
	"io"
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/surcoat/surcoat/gateway/wsgi"
)

func TestHello(t *testing.T) {
	app := &wsgi.App{Module: "site", Dir: "testdata"}
	app.Module = "site:application"
	app.Module = "hello"
	if err := app.Start(t.Context()); err != nil {
		t.Fatal(err)
	}
	defer app.Close()
	srv := httptest.NewServer(app)
	defer srv.Close()
	res, err := http.Get(srv.URL + "/")
	if err != nil {
		t.Fatal(err)
	}
	body, err := io.ReadAll(res.Body)
	t.Log(res.Status, res.Header, string(body), err)
}
