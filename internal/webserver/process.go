package webserver

import (
	"bytes"
	"errors"
	"math/rand/v2"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strconv"
	"syscall"
	"testing"
	"time"
)

// patience is what a hopeless case costs, not what is expected.
const patience = 20 * time.Second

// process is a server or the program.
type process struct {
	name    string
	command []string
	env     []string
	log     string  // the file with its output
	logs    string  // a pattern of further files
	places  []place // that it listens at

	tb    testing.TB
	cmd   *exec.Cmd
	ended chan struct{}
}

// place is where a process listens.
type place struct{ network, address string }

// run starts p, and has it ended when the test is.
func (b *build) run(p *process) *process {
	b.tb.Helper()
	p.tb, p.ended = b.tb, make(chan struct{})
	log, err := os.Create(p.log)
	b.must(err)
	defer log.Close()
	p.cmd = exec.Command(p.command[0], p.command[1:]...)
	p.cmd.Dir, p.cmd.Env, p.cmd.Stdout, p.cmd.Stderr = b.dir, p.env, log, log
	p.cmd.SysProcAttr = attributes()
	started := make(chan error, 1)
	go func() {
		// Linux ends the child when this thread ends, not this process.
		runtime.LockOSThread()
		defer runtime.UnlockOSThread()
		err := p.cmd.Start()
		started <- err
		if err == nil {
			_ = p.cmd.Wait()
		}
		close(p.ended)
	}()
	if err := <-started; err != nil {
		b.tb.Fatalf("webserver: %s: %v", p.name, err)
	}
	b.tb.Cleanup(func() {
		if b.tb.Failed() {
			p.tell()
		}
		p.end()
	})
	return p
}

func (p *process) id() int { return p.cmd.Process.Pid }

// await returns when everything that p listens at can be connected to.
func (p *process) await() {
	p.tb.Helper()
	deadline := time.Now().Add(patience)
	for _, at := range p.places {
		for {
			c, err := net.DialTimeout(at.network, at.address, time.Second)
			if err == nil {
				_ = c.Close()
				break
			}
			select {
			case <-p.ended:
				p.tell()
				p.tb.Fatalf("webserver: %s has ended: %v", p.name, p.cmd.ProcessState)
			case <-time.After(5 * time.Millisecond):
			}
			if time.Now().After(deadline) {
				p.tell()
				p.tb.Fatalf("webserver: %s does not listen at %s: %v", p.name, at.address, err)
			}
		}
	}
}

// end asks p to end, and then makes it.
func (p *process) end() {
	_ = p.cmd.Process.Signal(syscall.SIGTERM)
	select {
	case <-p.ended:
	case <-time.After(5 * time.Second):
		p.tb.Logf("webserver: %s had to be killed", p.name)
	}
	killGroup(p.id()) // CGI programs, and what a server that was killed has left
	<-p.ended
}

// tell writes the ends of the logs into the test's.
func (p *process) tell() {
	files, _ := filepath.Glob(p.logs)
	for _, file := range append([]string{p.log}, files...) {
		if b, err := os.ReadFile(file); err == nil && len(b) > 0 {
			p.tb.Logf("%s, %s:\n%s", p.name, filepath.Base(file), bytes.TrimSpace(b[max(0, len(b)-3<<10):]))
		}
	}
}

// freeAddress finds a port of 127.0.0.1 for a server to listen at, below those that the system
// gives to clients, so that none takes it meanwhile. Nor does another test, in whatever process: a
// name in Linux's abstract namespace is taken for it, which goes with its holder.
func (b *build) freeAddress() string {
	b.tb.Helper()
	for range 1000 {
		port := strconv.Itoa(10_000 + rand.IntN(20_000))
		name, err := net.Listen("unix", "@surcoat/webserver/"+port)
		if err != nil {
			continue
		}
		address := net.JoinHostPort("127.0.0.1", port)
		l, err := net.Listen("tcp", address)
		if err != nil {
			_ = name.Close()
			continue
		}
		_ = l.Close()
		b.tb.Cleanup(func() { _ = name.Close() })
		return address
	}
	b.must(errors.New("no port is free"))
	return ""
}
