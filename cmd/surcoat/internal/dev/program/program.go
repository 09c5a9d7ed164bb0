// Package program runs a program with all that it starts, and ends it with all of that.
package program

import (
	"io"
	"os"
	"os/exec"
	"runtime"
	"time"
)

// Config says what to run.
type Config struct {
	Path   string
	Args   []string
	Env    []string // nil: that of this process
	Stdout *os.File // nil: thrown away
	Stderr io.Writer

	// Socket is handed to the program as systemd would (sd_listen_fds(3)): as its file
	// descriptor 3, with LISTEN_FDS and LISTEN_PID. Nil: none. Not on Windows.
	Socket *os.File
}

// Program is a program that was started.
type Program struct {
	cmd     *exec.Cmd
	started time.Time
	stderr  io.Writer
	tail    *tail
	done    chan struct{}
	exit    Exit // before done is closed, run's
}

// Exit is how a program ended.
type Exit struct {
	Status string        // "exit status 2", "signal: killed"
	OK     bool          // its status was 0
	Lived  time.Duration // how long it ran
	Last   string        // what it last wrote to standard error
}

// held is how long the end of standard error is waited for after the program's own, where
// something that left its process group has it open.
const held = time.Second

// Start runs a program. It is in a process group of its own, has no standard input, and
// where the system can do that ends when this process does.
func Start(c Config) (*Program, error) {
	path, args, env := c.Path, c.Args, c.Env
	if env == nil {
		env = os.Environ()
	}
	if c.Socket != nil {
		path, args = withPID(path, args)
		env = append(env, "LISTEN_FDS=1")
	}
	p := &Program{cmd: exec.Command(path, args...), tail: newTail(), done: make(chan struct{}), started: time.Now()}
	p.stderr = io.MultiWriter(c.Stderr, p.tail)
	p.cmd.Env = env
	if c.Stdout != nil {
		p.cmd.Stdout = c.Stdout
	}
	if c.Socket != nil {
		p.cmd.ExtraFiles = []*os.File{c.Socket}
	}
	isolate(p.cmd)
	begun := make(chan error)
	go p.run(begun)
	if err := <-begun; err != nil {
		return nil, err
	}
	return p, nil
}

// run starts the program and waits for it, all on one thread: on Linux the program ends
// with the thread that started it (https://go.dev/issue/27505).
func (p *Program) run(begun chan<- error) {
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	said, err := p.start()
	begun <- err
	if err != nil {
		return
	}
	defer said.Close()
	copied := make(chan struct{})
	go func() {
		defer close(copied)
		_, _ = io.Copy(p.stderr, said)
	}()
	_ = p.cmd.Wait() // its state tells
	killGroup(p.cmd) // what it started and left behind
	select {
	case <-copied:
	case <-time.After(held):
	}
	state := p.cmd.ProcessState
	p.exit = Exit{Status: state.String(), OK: state.Success(), Lived: time.Since(p.started), Last: p.tail.String()}
	close(p.done)
}

// start starts the program and returns what its standard error is read from. With a pipe of
// os/exec's own the end of the program would be known only when its children's is.
func (p *Program) start() (said *os.File, err error) {
	said, w, err := os.Pipe()
	if err != nil {
		return nil, err
	}
	defer w.Close()
	p.cmd.Stderr = w
	if err := p.cmd.Start(); err != nil {
		_ = said.Close()
		return nil, err
	}
	return said, nil
}

// Done is closed when the program has ended.
func (p *Program) Done() <-chan struct{} { return p.done }

// Exit returns how the program ended. It waits for that.
func (p *Program) Exit() Exit {
	<-p.done
	return p.exit
}

// PID is the program's, and that of its process group.
func (p *Program) PID() int { return p.cmd.Process.Pid }

// Stop asks the program to end, with SIGTERM to its process group, and ends it by force
// after grace, or when hurry is closed; nil: it is not. It returns when it has ended, and
// reports whether it did so by itself.
func (p *Program) Stop(grace time.Duration, hurry <-chan struct{}) bool {
	select {
	case <-p.done:
		return true
	default:
	}
	terminate(p.cmd)
	late := time.NewTimer(grace)
	defer late.Stop()
	select {
	case <-p.done:
		return true
	case <-late.C:
	case <-hurry:
	}
	killGroup(p.cmd)
	<-p.done
	return false
}
