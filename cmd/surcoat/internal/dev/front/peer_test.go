package front_test

import (
	"net"
	"testing"

	"github.com/surcoat/surcoat/cmd/surcoat/internal/dev/front"
)

// Clients of different networks stay apart for the program, and none is from this machine.
func TestEntrance(t *testing.T) {
	for _, tt := range []struct{ local, want string }{
		{"192.168.1.5", "192.168.1.5"},
		{"203.0.113.5", "203.0.113.5"},
		{"::ffff:203.0.113.5", "203.0.113.5"},
		{"2001:db8::5", outside(t)},
		{"127.0.0.1", outside(t)},
	} {
		got, err := front.Entrance(&net.TCPAddr{IP: net.ParseIP(tt.local), Port: 8080})
		if err != nil || got.String() != tt.want {
			t.Errorf("in at %s, out at %s (%v), want %s", tt.local, got, err, tt.want)
		}
	}
}
