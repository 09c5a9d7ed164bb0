package frontend

import (
	"bufio"
	"io"
	"os"
	"os/exec"
	"strconv"
	"testing"
)

// process is a web server or the handler.
type process struct {
	*exec.Cmd
	ask    io.Writer
	answer *bufio.Scanner
}

// maxLog is how much of a log is shown.
const maxLog = 2 << 10

// start starts a program, and ends it when tb is over. The end of its log is shown if tb failed.
func start(tb testing.TB, dir string, env []string, program string, args ...string) *process {
	log, err := os.CreateTemp(tb.TempDir(), "log")
	if err != nil {
		tb.Fatal(err)
	}
	cmd := exec.Command(program, args...)
	cmd.Dir, cmd.Stderr = dir, log
	cmd.Env = append(os.Environ(), env...)
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
		_ = ask.Close() // which ends the handler
		_ = terminate(cmd.Process)
		_ = cmd.Wait()
		if text, err := os.ReadFile(log.Name()); err == nil && tb.Failed() {
			tb.Logf("log of %s:\n%s", program, text[max(0, len(text)-maxLog):])
		}
		_ = log.Close()
	})
	return &process{Cmd: cmd, ask: ask, answer: bufio.NewScanner(answer)}
}

// serve starts the handler over a protocol and returns its process and address.
func serve(tb testing.TB, protocol string) (p *process, addr string) {
	p = start(tb, "", []string{protocolVariable + "=" + protocol}, os.Args[0], "-test.run=^$")
	return p, p.line(tb)
}

// inUse asks the handler what its memory holds.
func (p *process) inUse(tb testing.TB) float64 {
	if _, err := io.WriteString(p.ask, "\n"); err != nil {
		tb.Fatal(err)
	}
	n, err := strconv.ParseFloat(p.line(tb), 64)
	if err != nil {
		tb.Fatal(err)
	}
	return n
}

func (p *process) line(tb testing.TB) string {
	if !p.answer.Scan() {
		tb.Fatalf("the handler has gone: %v", p.answer.Err())
	}
	return p.answer.Text()
}
