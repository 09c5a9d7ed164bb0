package redisstore

import (
	"io"
	"net"
	"testing"
)

func TestPing(t *testing.T) {
	for _, test := range []struct {
		answer string
		lives  bool
	}{
		{"+PONG\r\n", true},
		{"-NOAUTH Authentication required.\r\n", true},
		{"-NOPERM this user has no permissions\r\n", true},
		{"-LOADING Redis is loading the dataset in memory\r\n", true},
		{"-MASTERDOWN Link with MASTER is down\r\n", true},
		{"-DENIED Redis is running in protected mode\r\n", false},
		{"-ERR max number of clients reached\r\n", false},
		{"HTTP/1.1 400 Bad Request\r\n", false},
		{"+PONG", false},
		{"", false},
		{string(make([]byte, 4096)), false},
	} {
		here, there := net.Pipe()
		go func() {
			_, _ = io.ReadFull(there, make([]byte, len("*1\r\n$4\r\nPING\r\n")))
			_, _ = io.WriteString(there, test.answer)
			_ = there.Close()
		}()
		if err := ping(here); (err == nil) != test.lives {
			t.Errorf("%q: got %v", test.answer, err)
		}
		_ = here.Close()
	}
}
