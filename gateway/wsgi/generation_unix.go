//go:build unix

package wsgi

import (
	"bytes"
	_ "embed" // the bridge
	"encoding/binary"
	"net"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"syscall"
	"time"
)

const supported = true

//go:embed bridge.py
var bridge []byte

// reader has Python run what it is given as a file, under the name that bridge.py knows itself by.
const reader = `import os
with os.fdopen(4, "rb") as f: exec(compile(f.read(), "surcoat-bridge", "exec"), {"__name__": "__main__"})`

// spawn starts a first process.
func (s *supervisor) spawn(g *generation) (err error) {
	conn, theirs, err := socketPair()
	if err != nil {
		return err
	}
	files := []*os.File{theirs} // closed in any case
	defer func() {
		for _, f := range files {
			_ = f.Close()
		}
		if err != nil {
			_ = conn.Close()
		}
	}()
	pipe := func() (r, w *os.File) {
		if err == nil {
			r, w, err = os.Pipe()
		}
		return r, w
	}
	code, feed := pipe()
	line, alive := pipe()
	out, stdout := pipe()
	errs, stderr := pipe()
	files = append(files, code, line, stdout, stderr)
	if err != nil {
		files = append(files, feed, alive, out, errs)
		return err
	}
	var flags []string
	if s.reload {
		flags = append(flags, "reload")
	}
	if s.App.Preload {
		flags = append(flags, "preload")
	}
	cmd := exec.Command(s.python, "-c", reader, s.App.Module, strconv.Itoa(s.threads), strconv.Itoa(s.processes), strings.Join(flags, ","))
	cmd.Dir = s.App.Dir
	cmd.Env = s.App.environ()
	cmd.Stdout, cmd.Stderr = stdout, stderr
	cmd.ExtraFiles = []*os.File{theirs, code, line}
	// A group of its own: what ends this program from a terminal is not for the workers, and
	// they can be ended together with all that they have started.
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	if err = cmd.Start(); err != nil {
		files = append(files, feed, alive, out, errs)
		return err
	}
	go func() {
		_, _ = feed.Write(bridge)
		_ = feed.Close()
	}()
	g.cmd, g.control, g.lifeline = cmd, &control{conn: conn}, alive
	pid := g.pid()
	go s.copyLog(out, "stdout", pid)
	go s.copyLog(errs, "stderr", pid)
	said := make(chan struct{})
	go func() { defer close(said); s.listen(g) }()
	go func() {
		_ = cmd.Wait()
		// What it has said last may still be on its way.
		_ = conn.SetReadDeadline(time.Now().Add(patience))
		<-said
		s.post(func() {
			if len(g.workers) > 0 {
				g.killGroup()
			}
			_ = g.lifeline.Close()
			_ = conn.Close()
			s.ended(g, cmd.ProcessState.String())
		})
		endLog(out, errs)
	}()
	return nil
}

// command sends a command to the first process. That it has ended is found out elsewhere.
func (g *generation) command(kind byte, pid int) {
	if !g.gone {
		_ = g.control.command(kind, pid, nil)
	}
}

// release has the first process end; its workers have.
func (g *generation) release() { _ = g.control.conn.Close() }

// kill ends the first process, its workers and what these have started.
func (g *generation) kill() {
	if !g.gone {
		_ = g.lifeline.Close()
		g.killGroup()
	}
}

// killGroup is for as long as the group has members: its number may else be another's.
func (g *generation) killGroup() {
	if !g.gone {
		_ = syscall.Kill(-g.pid(), syscall.SIGKILL)
	}
}

// listen reads what the first process says.
func (s *supervisor) listen(g *generation) {
	for {
		kind, text, fd, err := g.control.receive()
		closeFD(fd)
		if err != nil {
			return
		}
		switch kind {
		case isReady:
			s.post(func() { g.up = true; g.started.Stop(); s.balance() })
		case isForked:
			if pid, err := strconv.Atoi(string(text)); err == nil && pid > 1 {
				s.post(func() { s.forked(g, pid) })
			}
		case isExited:
			one, two, _ := strings.Cut(string(text), " ")
			pid, _ := strconv.Atoi(one)
			status, _ := strconv.Atoi(two)
			s.post(func() {
				for w := range g.workers {
					if w.pid == pid {
						go s.bury(w, waited(syscall.WaitStatus(status)))
					}
				}
			})
		case isFailed:
			s.post(func() { g.failure = string(text) })
		case isModules:
			s.post(func() { s.watched.add(text) })
		case isLogged:
			s.logMessage(text)
		}
	}
}

// waited says how a process has ended.
func waited(status syscall.WaitStatus) string {
	if status.Signaled() {
		return "killed by signal " + strconv.Itoa(int(status.Signal())) + " (" + status.Signal().String() + ")"
	}
	return "exit status " + strconv.Itoa(status.ExitStatus())
}

// order has a worker forked.
func (s *supervisor) order(g *generation, w *worker) error {
	conn, theirs, err := socketPair()
	if err != nil {
		return err
	}
	defer theirs.Close()
	c := &control{conn: conn, silent: make(chan struct{})}
	if err := g.control.command(doFork, 0, theirs); err != nil {
		_ = conn.Close()
		return err
	}
	w.link = c
	go s.hear(w, c)
	return nil
}

// bury is told that a worker's process has ended. What it has said last may still be on its way.
func (s *supervisor) bury(w *worker, how string) {
	c := w.link.(*control)
	_ = c.conn.SetReadDeadline(time.Now().Add(patience))
	<-c.silent
	s.post(func() { s.exited(w, how) })
}

func (c *control) close() { _ = c.conn.Close() }

// hear reads what a worker says.
func (s *supervisor) hear(w *worker, c *control) {
	defer close(c.silent)
	for {
		kind, text, fd, err := c.receive()
		if err != nil {
			return
		}
		thread := -1
		if len(text) == 4 {
			thread = int(binary.BigEndian.Uint32(text))
		}
		switch kind {
		case isConnection:
			conn, err := s.accept(fd)
			fd = -1
			if err == nil {
				s.post(func() { s.connected(w, thread, conn) })
			}
		case isOpened:
			if fd >= 0 {
				f := os.NewFile(uintptr(fd), "file")
				fd = -1
				s.post(func() { s.opened(w, thread, f) })
			}
		case isFailed:
			s.post(func() { w.failure = string(text) })
		case isModules:
			s.post(func() { s.watched.add(text) })
		case isLogged:
			s.logMessage(text)
		}
		closeFD(fd)
	}
}

func (s *supervisor) accept(fd int) (net.Conn, error) {
	if fd < 0 {
		return nil, wrong("a connection that is none")
	}
	return connection(fd)
}

// logMessage logs what an application has written to wsgi.errors.
func (s *supervisor) logMessage(text []byte) {
	path, said, _ := bytes.Cut(text, []byte{0})
	s.logged(string(path), said)
}
