package gateway_test

import (
	"strings"
	"testing"

	"github.com/surcoat/surcoat/gateway"
)

// What the environment says; TestStartedWith… are about sockets.
func TestDetect(t *testing.T) {
	for _, tt := range []struct {
		env  string
		at   string
		why  string
		fail string
	}{
		{"", "http://127.0.0.1:8080", "nothing in the environment", ""},
		{"PORT=3000", "http://:3000", "HOST is not set: all interfaces", ""},
		{"PORT=3000 HOST=::1", "http://[::1]:3000", "PORT is 3000", ""},
		{"PORT=web", "", "", `PORT is "web"`},
		{"REQUEST_METHOD=GET GATEWAY_INTERFACE=CGI/1.1", "cgi:", "GATEWAY_INTERFACE is CGI/1.1", ""},
		{"GATEWAY_INTERFACE=CGI/1.1", "http://127.0.0.1:8080", "nothing", ""},
	} {
		t.Run(tt.env, func(t *testing.T) {
			for _, name := range []string{"PORT", "HOST", "REQUEST_METHOD", "GATEWAY_INTERFACE", "LISTEN_PID"} {
				t.Setenv(name, "")
			}
			for pair := range strings.FieldsSeq(tt.env) {
				name, value, _ := strings.Cut(pair, "=")
				t.Setenv(name, value)
			}
			d, err := gateway.Detect()
			if tt.fail != "" {
				if err == nil || !strings.Contains(err.Error(), tt.fail) {
					t.Errorf("%+v, %v", d, err)
				}
				return
			}
			if d.Address.String() != tt.at || len(d.Sockets) != 0 || !strings.Contains(d.Why, tt.why) || err != nil {
				t.Errorf("%+v, %v", d, err)
			}
		})
	}
}
