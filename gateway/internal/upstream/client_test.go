package upstream_test

import (
	"strings"
	"testing"
	"time"

	"github.com/surcoat/surcoat/gateway/internal/upstream"
)

// What is wrong names the package and the field.
func TestNew(t *testing.T) {
	at := []string{"unix:/run/app.sock"}
	for _, tt := range []struct {
		fields upstream.Fields
		want   string // "": nothing is wrong
	}{
		{upstream.Fields{Addresses: at}, ""},
		{upstream.Fields{Addresses: at, Mount: "/app/", AnswerTimeout: -1, IdleTimeout: -1, MaxSpool: -1}, ""},
		{upstream.Fields{}, "Addresses: "},
		{upstream.Fields{Addresses: []string{"localhost"}}, "Addresses: "},
		{upstream.Fields{Addresses: at, Mount: "app"}, "Mount: "},
		{upstream.Fields{Addresses: at, Env: map[string]string{"HTTP_PROXY": ""}}, "Env: "},
		{upstream.Fields{Addresses: at, SendfileRoot: "files"}, "SendfileRoot: "},
		{upstream.Fields{Addresses: at, DialTimeout: -time.Second}, "DialTimeout is negative"},
		{upstream.Fields{Addresses: at, Timeout: -1}, "Timeout is negative"},
		{upstream.Fields{Addresses: at, MaxIdle: -1}, "MaxIdle is negative"},
	} {
		_, err := upstream.New("fcgi", &tt.fields)
		if (err == nil) != (tt.want == "") || err != nil && !strings.HasPrefix(err.Error(), "fcgi: Client."+tt.want) {
			t.Errorf("%v, want %q", err, tt.want)
		}
	}
}
