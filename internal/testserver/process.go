package testserver

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"testing"
	"time"
)

// patience is how long a server may take for anything that is waited for. It is what
// a hopeless case costs, not what is expected.
const patience = 30 * time.Second

// process is one server's process, and the next ones that are started in its place.
type process struct {
	tb      testing.TB
	name    string   // in messages
	command []string // program and arguments
	dir     string   // holds all that the server writes
	asked   os.Signal
	own     account
	answers func() error // nil when the server is ready

	running *exec.Cmd
	paused  bool
	ended   chan struct{} // closed when running has ended
	log     *os.File
}

// folder makes a temporary folder of a short name, as socket names may have 107 bytes.
func folder(tb testing.TB, pattern string) string {
	tb.Helper()
	dir, err := os.MkdirTemp("", pattern)
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() { _ = os.RemoveAll(dir) })
	return dir
}

// launch starts the server for the first time and has it stopped when the test ends.
func (p *process) launch() {
	p.tb.Helper()
	log, err := os.Create(filepath.Join(p.dir, "log"))
	if err != nil {
		p.tb.Fatal(err)
	}
	p.log = log
	p.tb.Cleanup(func() {
		if p.end(os.Kill, patience) != nil {
			p.tb.Errorf("testserver: %s cannot be ended", p.name)
		}
		if p.tb.Failed() {
			p.tb.Logf("log of %s:\n%s", p.name, tail(p.log))
		}
		_ = p.log.Close()
	})
	p.Start()
}

// Start starts the server again at the same address in the same folder, and returns
// when it answers. It does nothing to a server that runs.
func (p *process) Start() {
	p.tb.Helper()
	p.begin()
	p.await()
}

// begin starts the process.
func (p *process) begin() {
	p.tb.Helper()
	if p.alive() {
		return
	}
	cmd := exec.Command(p.command[0], p.command[1:]...)
	cmd.Dir, cmd.Stdout, cmd.Stderr = p.dir, p.log, p.log
	cmd.SysProcAttr = attributes(p.own)
	started, ended := make(chan error, 1), make(chan struct{})
	go func() {
		// Linux ends the child when this thread ends, not this process.
		runtime.LockOSThread()
		defer runtime.UnlockOSThread()
		err := cmd.Start()
		started <- err
		if err == nil {
			_ = cmd.Wait()
		}
		close(ended)
	}()
	if err := <-started; err != nil {
		p.tb.Fatalf("testserver: %s: %v", p.name, err)
	}
	p.running, p.ended, p.paused = cmd, ended, false
}

// await returns when the server answers. A process that ended meanwhile is started
// again: one that was killed may have left something behind that goes soon.
func (p *process) await() {
	p.tb.Helper()
	eventually(p.tb, p.name+" answers", func() error {
		if !p.alive() {
			time.Sleep(200 * time.Millisecond)
			p.begin()
		}
		return p.answers()
	})
}

// up reports whether the process runs and is not paused.
func (p *process) up() bool { return p.alive() && !p.paused }

func (p *process) alive() bool {
	if p.running == nil {
		return false
	}
	select {
	case <-p.ended:
		return false
	default:
		return true
	}
}

// Stop asks the server to end in good order, and returns when it has.
func (p *process) Stop() {
	p.tb.Helper()
	p.Resume()
	if err := p.end(p.asked, patience); err != nil {
		p.tb.Fatal(err)
	}
}

// Kill ends the server at once, as a power cut would, and returns when it is gone.
func (p *process) Kill() {
	p.tb.Helper()
	if err := p.end(os.Kill, patience); err != nil {
		p.tb.Fatal(err)
	}
}

// Restart is Stop and Start.
func (p *process) Restart() {
	p.tb.Helper()
	p.Stop()
	p.Start()
}

// Pause makes the server hang: it keeps its connections and answers nothing.
func (p *process) Pause() {
	p.tb.Helper()
	p.signal(pause)
	p.paused = true
}

// Resume ends a Pause. It does nothing to a server that is not paused.
func (p *process) Resume() {
	p.tb.Helper()
	p.signal(resume)
	p.paused = false
}

func (p *process) signal(s os.Signal) {
	p.tb.Helper()
	if !p.alive() {
		return
	}
	if err := p.running.Process.Signal(s); err != nil && !errors.Is(err, os.ErrProcessDone) {
		p.tb.Fatalf("testserver: %s: %v: %v", p.name, s, err)
	}
}

func (p *process) end(s os.Signal, within time.Duration) error {
	if !p.alive() {
		return nil
	}
	if err := p.running.Process.Signal(s); err != nil && !errors.Is(err, os.ErrProcessDone) {
		return fmt.Errorf("testserver: %s: %v: %w", p.name, s, err)
	}
	select {
	case <-p.ended:
		return nil
	case <-time.After(within):
		return fmt.Errorf("testserver: %s: runs on %v after %v", p.name, within, s)
	}
}

// eventually calls f until it returns nil, and ends the test when that takes too long.
func eventually(tb testing.TB, what string, f func() error) {
	tb.Helper()
	deadline := time.Now().Add(patience)
	for {
		err := f()
		if err == nil {
			return
		}
		if time.Now().After(deadline) {
			tb.Fatalf("testserver: it is not so after %v that %s: %v", patience, what, err)
		}
		time.Sleep(10 * time.Millisecond)
	}
}

// Program returns the path of the first of names that is installed. debian is the package
// that has it.
func Program(tb testing.TB, debian string, names ...string) string {
	tb.Helper()
	for _, name := range names {
		if path, err := exec.LookPath(name); err == nil {
			return path
		}
	}
	missing(tb, names[0], debian)
	return ""
}

// missing ends the test of somebody who has not installed a program.
func missing(tb testing.TB, program, debian string) {
	tb.Helper()
	if os.Getenv("CI") != "" {
		tb.Fatalf("testserver: %s is not installed: apt-get install %s", program, debian)
	}
	tb.Skipf("NOT TESTED: %s is not installed: apt-get install %s", program, debian)
}

// tail returns the last lines of a log.
func tail(f *os.File) []byte {
	const most = 3 << 10
	if info, err := f.Stat(); err == nil && info.Size() > most {
		_, _ = f.Seek(-most, io.SeekEnd)
	} else {
		_, _ = f.Seek(0, io.SeekStart)
	}
	b, _ := io.ReadAll(f)
	return bytes.TrimSpace(b)
}
