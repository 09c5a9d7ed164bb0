package redisstore

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"strings"
	"time"
)

// dialFunc is how the driver is told to connect.
type dialFunc = func(ctx context.Context, addr string, d *net.Dialer, t *tls.Config) (net.Conn, error)

// answering is dial for servers that answer. One that hangs is connected to all the
// same, by its kernel; the driver, when its time is up before it has greeted such a
// server, waits for a second more until it closes the connection.
func answering(dial dialFunc) dialFunc {
	return func(ctx context.Context, addr string, d *net.Dialer, t *tls.Config) (net.Conn, error) {
		conn, err := dial(ctx, addr, d, t)
		if err != nil {
			return nil, err
		}
		end := time.Now().Add(d.Timeout)
		if at, ok := ctx.Deadline(); ok && at.Before(end) {
			end = at
		}
		_ = conn.SetDeadline(end)
		if err = ping(conn); err == nil {
			err = conn.SetDeadline(time.Time{})
		}
		if err != nil {
			_ = conn.Close()
			return nil, err
		}
		return conn, nil
	}
}

// dialTCP connects as the driver does unless it is told otherwise.
func dialTCP(ctx context.Context, addr string, d *net.Dialer, t *tls.Config) (net.Conn, error) {
	if t != nil {
		return (&tls.Dialer{NetDialer: d, Config: t}).DialContext(ctx, "tcp", addr)
	}
	return d.DialContext(ctx, "tcp", addr)
}

// ping reads the one line that Redis answers, and nothing after it.
func ping(conn net.Conn) error {
	if _, err := conn.Write([]byte("*1\r\n$4\r\nPING\r\n")); err != nil {
		return err
	}
	const most = 512
	line := make([]byte, 0, 64)
	for one := make([]byte, 1); one[0] != '\n'; line = append(line, one...) {
		if len(line) == most {
			return errors.New("it does not speak like Redis")
		}
		if _, err := conn.Read(one); err != nil {
			return err
		}
	}
	answer := strings.TrimSpace(string(line))
	for _, lives := range []string{"+", "-NOAUTH", "-NOPERM", "-LOADING", "-MASTERDOWN"} {
		if strings.HasPrefix(answer, lives) {
			return nil
		}
	}
	return fmt.Errorf("the server says %q", answer)
}
