package compression

import (
	"bufio"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"strconv"
	"testing"
	"time"
)

// server is a process of its own that serves a file, with a connection to it.
type server struct {
	ask    io.Writer
	answer *bufio.Scanner
	conn   net.Conn
	in     *bufio.Reader
	piece  []byte
}

// Environment of that process.
const (
	serveLib  = "SURCOAT_BENCH_SERVE"
	serveFile = "SURCOAT_BENCH_FILE"
)

// startServer runs this program again, so that Serve is called in it.
func startServer(tb testing.TB, lib, path string) *server {
	cmd := exec.Command(os.Args[0], "-test.run=^$")
	cmd.Env = append(os.Environ(), serveLib+"="+lib, serveFile+"="+path)
	cmd.Stderr = os.Stderr
	ask, err := cmd.StdinPipe()
	if err != nil {
		tb.Fatal(err)
	}
	answer, err := cmd.StdoutPipe()
	if err != nil {
		tb.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() {
		_ = ask.Close() // which ends it
		_ = cmd.Wait()
	})
	s := &server{ask: ask, answer: bufio.NewScanner(answer), piece: make([]byte, 1<<20)}
	if s.conn, err = net.Dial("tcp", s.line(tb)); err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() { _ = s.conn.Close() })
	s.in = bufio.NewReader(s.conn)
	return s
}

// cpu asks the process how much CPU time it has used.
func (s *server) cpu(tb testing.TB) time.Duration {
	if _, err := io.WriteString(s.ask, "\n"); err != nil {
		tb.Fatal(err)
	}
	line := s.line(tb)
	n, err := strconv.ParseInt(line, 10, 64)
	if err != nil {
		tb.Fatalf("the server says %q", line)
	}
	return time.Duration(n)
}

func (s *server) line(tb testing.TB) string {
	if !s.answer.Scan() {
		tb.Fatalf("the server has gone: %v", s.answer.Err())
	}
	return s.answer.Text()
}

// Serve is called at the beginning of TestMain. In a process that [File20M] has started it
// serves until the benchmark is over, and does not return. Elsewhere it does nothing.
func Serve(layers ...Layer) {
	lib := os.Getenv(serveLib)
	if lib == "" {
		return
	}
	for _, l := range layers {
		if l.Lib == lib {
			err := serve(l, os.Getenv(serveFile))
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
	}
	fmt.Fprintln(os.Stderr, "no such library:", lib)
	os.Exit(1)
}

// serve prints its address, and for each line that it is given the CPU time so far.
func serve(l Layer, path string) error {
	h, err := l.Wrap(file{path})
	if err != nil {
		return err
	}
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return err
	}
	go func() {
		fmt.Println(listener.Addr())
		for lines := bufio.NewScanner(os.Stdin); lines.Scan(); {
			used, err := processCPU()
			if err != nil {
				fmt.Println(err)
			}
			fmt.Println(used.Nanoseconds())
		}
		os.Exit(0)
	}()
	return http.Serve(listener, h)
}
