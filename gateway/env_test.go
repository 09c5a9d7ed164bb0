package gateway_test

import (
	"maps"
	"testing"

	"github.com/surcoat/surcoat/gateway"
	"github.com/surcoat/surcoat/gateway/internal/cgienv"
)

// What a handler may hand to a program has the last value of each name, and not the client's proxy.
func TestEnv(t *testing.T) {
	r, err := cgienv.Request(t.Context(), cgienv.Vars{
		{Name: "REQUEST_METHOD", Value: "GET"},
		{Name: "REQUEST_URI", Value: "/"},
		{Name: "HTTP_PROXY", Value: "http://192.0.2.66"},
		{Name: "A", Value: "1"},
		{Name: "A", Value: "2"},
	}, "")
	if err != nil {
		t.Fatal(err)
	}
	if got, want := gateway.Env(r.Context()), map[string]string{"REQUEST_METHOD": "GET", "REQUEST_URI": "/", "A": "2"}; !maps.Equal(got, want) {
		t.Errorf("got %v, want %v", got, want)
	}
	if got := gateway.Env(t.Context()); got != nil {
		t.Errorf("over HTTP: %v", got)
	}
}
