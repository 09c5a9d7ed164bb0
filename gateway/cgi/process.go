package cgi

import (
	"errors"
	"io"
	"os"
	"sync"
	"time"
)

// process is a program that runs for a request, and the children it has.
type process struct {
	proc   *os.Process
	stdin  *os.File
	stdout *pipe
	stderr *pipe
	grace  time.Duration

	exited chan struct{}    // closed when the program, not its children, has ended
	state  *os.ProcessState // once exited is closed; nil: not to be found out

	mu     sync.Mutex
	cause  error         // why it was killed; nil: it was not
	killed chan struct{} // closed when it and its children are gone, if it was killed
}

// command is what is to be started.
type command struct {
	file    string
	argv    []string // the program's name is the first
	dir     string
	environ []string
}

// start starts a program. finish has to be called.
func start(c command, grace time.Duration) (*process, error) {
	var child, ours []*os.File
	for range 3 {
		r, w, err := os.Pipe()
		if err != nil {
			closeAll(append(child, ours...))
			return nil, err
		}
		if child == nil { // standard input
			child, ours = append(child, r), append(ours, w)
			continue
		}
		child, ours = append(child, w), append(ours, r)
	}
	proc, err := launchWritten(c, child)
	closeAll(child)
	if err != nil {
		closeAll(ours)
		return nil, startError(c.file, err)
	}
	p := &process{proc: proc, stdin: ours[0], grace: grace, exited: make(chan struct{}), killed: make(chan struct{})}
	p.stdout = &pipe{file: ours[1], exited: p.exited}
	p.stderr = &pipe{file: ours[2], exited: p.exited}
	go p.wait()
	return p, nil
}

func closeAll(files []*os.File) {
	for _, f := range files {
		_ = f.Close()
	}
}

func (p *process) wait() {
	p.state, _ = p.proc.Wait()
	close(p.exited)
	p.stdout.wake()
	p.stderr.wake()
}

// kill ends the program and its children. Of several causes the first counts.
func (p *process) kill(cause error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.cause != nil {
		return
	}
	p.cause = cause
	go p.terminate()
}

// terminate asks the group to end, and kills what has not when its time is over.
func (p *process) terminate() {
	defer close(p.killed)
	select {
	case <-p.exited: // its children, if there are any, are no part of this request any more
		return
	default:
	}
	over := time.NewTimer(p.grace)
	defer over.Stop()
	if p.grace > 0 {
		terminateGroup(p.proc)
		select {
		case <-p.exited:
			p.awaitChildren()
		case <-over.C:
		}
	}
	killGroup(p.proc)
	<-p.exited
}

// childrenGrace is how long the children may take longer than the program.
const childrenGrace = 200 * time.Millisecond

// awaitChildren returns when the children have ended too, or their time is over. Those that have
// ended count until somebody has buried them, which in a container may be nobody.
func (p *process) awaitChildren() {
	for end := time.Now().Add(min(childrenGrace, p.grace)); groupAlive(p.proc) && time.Now().Before(end); {
		time.Sleep(5 * time.Millisecond)
	}
}

// why is why the program was killed, nil if it was not.
func (p *process) why() error {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.cause
}

// errLingers is no fault of the answer.
var errLingers = errors.New("it did not end after its answer")

// end returns when the program has ended, which it has so much time for.
func (p *process) end() {
	select {
	case <-p.exited:
	default:
		over := time.NewTimer(p.grace)
		defer over.Stop()
		select {
		case <-p.exited:
		case <-over.C:
			p.kill(errLingers)
		}
	}
	if p.why() != nil {
		<-p.killed
	}
}

// finish takes nothing more from the program and gives it nothing, and returns when it has ended.
func (p *process) finish() {
	_ = p.stdin.Close()
	p.stdout.close()
	p.end()
}

// Read reads what the program answers. io.EOF is the end of an answer that the program meant to
// end.
func (p *process) Read(b []byte) (int, error) {
	n, err := p.stdout.Read(b)
	if err != io.EOF {
		return n, err
	}
	p.end()
	switch cause := p.why(); {
	case cause == errLingers:
		return n, io.EOF
	case cause != nil:
		return n, cause
	}
	if signal := endedBy(p.state); signal != "" {
		return n, errors.New("the program was ended by a signal: " + signal)
	}
	return n, io.EOF
}

// ended says how the program ended, "" if well.
func (p *process) ended() string {
	select {
	case <-p.exited:
	default:
		return ""
	}
	if p.state == nil || p.state.Success() {
		return ""
	}
	return p.state.String()
}
