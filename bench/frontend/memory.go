package frontend

import (
	"bytes"
	"encoding/binary"
	"errors"
	"io"
	"net"
	"os"
	"syscall"
	"testing"
	"time"
)

// A Rival is the handler by itself, without a web server in front.
type Rival struct{ Lib, Protocol string }

// IdleConnections opens n connections to the handler, lets each carry a request, and then waits. It
// measures no time: its figure is what each of them holds of the memory of the handler's process.
func IdleConnections(b *testing.B, n int, rv Rival) {
	question := []byte("GET /hello HTTP/1.1\r\nHost: bench.example\r\n\r\n")
	if rv.Protocol != "http" {
		question = fastCGI(pair(pair(pair(nil, "REQUEST_METHOD", "GET"), "REQUEST_URI", "/hello"), "SERVER_PROTOCOL", "HTTP/1.1"))
	}
	held := 0.0
	for b.Loop() {
		app, addr := serve(b, rv.Protocol)
		before := app.inUse(b)
		for range n {
			conn, err := net.Dial("tcp", addr)
			if err != nil {
				b.Fatal(err)
			}
			b.Cleanup(func() { _ = conn.Close() })
			if err := exchange(conn, question); err != nil {
				b.Fatal(err)
			}
		}
		time.Sleep(50 * time.Millisecond) // the last have answered, and are about to be idle
		held += app.inUse(b) - before
	}
	b.ReportMetric(held/float64(n*b.N), "B/conn")
	b.ReportMetric(0, "ns/op") // not shown then
}

// exchange sends a request and reads as far as the body.
func exchange(conn net.Conn, question []byte) error {
	if _, err := conn.Write(question); err != nil {
		return err
	}
	var answer []byte
	for buf := make([]byte, 4<<10); !bytes.Contains(answer, []byte(hello)); {
		n, err := conn.Read(buf)
		if err != nil {
			return err
		}
		answer = append(answer, buf[:n]...)
	}
	return nil
}

// HugeVariables sends the handler n bytes of variables over FastCGI, as many as it takes. Its
// figure is the most memory that the process has held.
func HugeVariables(b *testing.B, n int, rv Rival) {
	most := 0.0
	record := appendRecord(nil, 4, pair(nil, "HTTP_COOKIE", string(bytes.Repeat([]byte("x"), 65_000))))
	for b.Loop() {
		app, addr := serve(b, rv.Protocol)
		conn, err := net.Dial("tcp", addr)
		if err != nil {
			b.Fatal(err)
		}
		_, err = conn.Write(beginning)
		for sent := 0; err == nil && sent < n; sent += len(record) {
			_, err = conn.Write(record)
		}
		if err == nil {
			_, err = conn.Write(fastCGI(nil)[len(beginning):])
			_, _ = conn.Read(make([]byte, 1)) // the beginning of an answer, or an end
		}
		_ = conn.Close()
		if err != nil && !errors.Is(err, syscall.EPIPE) && !errors.Is(err, syscall.ECONNRESET) && !errors.Is(err, os.ErrDeadlineExceeded) && err != io.EOF {
			b.Fatal(err)
		}
		bytes, err := peak(app.Process.Pid)
		if err != nil {
			b.Fatal(err)
		}
		most = max(most, bytes)
	}
	b.ReportMetric(most, "peak-B")
	b.ReportMetric(0, "ns/op")
}

// beginning begins request 1 as a responder, on a connection that is kept (FastCGI 1.0 §5.1).
var beginning = appendRecord(nil, 1, []byte{0, 1, 1, 0, 0, 0, 0, 0})

// fastCGI is a request with these variables and no body.
func fastCGI(variables []byte) []byte {
	b := beginning
	if len(variables) > 0 {
		b = appendRecord(b, 4, variables)
	}
	return appendRecord(appendRecord(b, 4, nil), 5, nil)
}

func appendRecord(b []byte, kind byte, content []byte) []byte {
	b = append(b[:len(b):len(b)], 1, kind, 0, 1, byte(len(content)>>8), byte(len(content)), 0, 0)
	return append(b, content...)
}

func pair(b []byte, name, value string) []byte {
	b = append(b, byte(len(name)))
	b = binary.BigEndian.AppendUint32(b, uint32(len(value))|1<<31)
	return append(append(b, name...), value...)
}
