package doctor

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"sync"
	"syscall"
	"time"

	"github.com/surcoat/surcoat/gateway/internal/cgienv"
)

// Run is what the program did with an empty GET.
type Run struct {
	// As is the account that it ran as.
	As string `json:"as"`
	// Status is its answer's, 0 where there was none.
	Status int `json:"status,omitempty"`
	// ContentType is its answer's.
	ContentType string `json:"contentType,omitempty"`
	// Length is its body's, of which no more than 1 MiB is taken.
	Length int `json:"length,omitempty"`
	// Exit is what it ended with, such as "exit status 1".
	Exit string `json:"exit"`
	// Stdout is the beginning of what it wrote, up to 4 KiB.
	Stdout string `json:"stdout,omitempty"`
	// Stderr is the beginning of its complaints, up to 64 KiB.
	Stderr string `json:"stderr,omitempty"`
	// Took is how long it ran.
	Took time.Duration `json:"took"`
}

// String is one line.
func (r *Run) String() string {
	answer := "no answer"
	if r.Status != 0 {
		answer = fmt.Sprintf("status %d, %d bytes", r.Status, r.Length)
		if r.ContentType != "" {
			answer += " of " + r.ContentType
		}
	}
	return fmt.Sprintf("as %s, in %v: %s, %s", r.As, r.Took.Round(time.Millisecond), answer, r.Exit)
}

const (
	maxStdout = 1 << 20
	maxStderr = 64 << 10
	shownOut  = 4 << 10

	// lingering is how long what the program has started may keep its output open after its end.
	lingering = time.Second
)

// run runs the program as the server would, and judges it.
func (e *examination) run() {
	timeout := e.options.Timeout
	if timeout <= 0 {
		timeout = defaultTimeout
	}
	ctx, cancel := context.WithTimeout(e.ctx, timeout)
	defer cancel()
	cmd := e.command(ctx)
	as := e.user.Name
	if err := become(cmd, e.user); err != nil {
		as = me()
		e.unchecked("the program was run as %s, not as %s: %v", as, e.user.Name, err)
	}
	out, errs := &limited{max: maxStdout}, &limited{max: maxStderr}
	cmd.Stdout, cmd.Stderr = out, errs
	begin := time.Now()
	err := cmd.Run()
	took := time.Since(begin)
	endGroup(cmd)
	if e.ctx.Err() != nil {
		return
	}
	o := &outcome{
		e: e, out: out.bytes(), err: errs.bytes(), timeout: timeout,
		run: &Run{As: as, Took: took, Stdout: string(out.bytes()[:min(shownOut, len(out.bytes()))]), Stderr: string(errs.bytes())},
	}
	var exit *exec.ExitError
	switch {
	case cmd.ProcessState == nil:
		o.notStarted(err)
		return
	case ctx.Err() != nil:
		o.late = true
	case errors.Is(err, exec.ErrWaitDelay):
		o.held = true
	case errors.As(err, &exit):
	case err != nil:
		o.notStarted(err)
		return
	}
	o.state, o.run.Exit = cmd.ProcessState, cmd.ProcessState.String()
	e.report.Ran = o.run
	o.judge()
}

// command is what the server starts: in the folder of the program, with no body.
func (e *examination) command(ctx context.Context) *exec.Cmd {
	path, args := e.file, []string{e.file}
	if via := e.interpreter(); via != "" {
		path, args = via, []string{via, e.file}
	}
	cmd := exec.CommandContext(ctx, path)
	cmd.Args, cmd.Dir, cmd.Env = args, filepath.Dir(e.file), e.environ()
	cmd.WaitDelay = lingering
	return cmd
}

func (e *examination) environ() []string {
	name := "/cgi-bin/" + filepath.Base(e.file)
	r, err := http.NewRequest(http.MethodGet, "http://localhost/", nil)
	if err != nil { // of constants
		panic(err)
	}
	r.URL.Path, r.RequestURI, r.RemoteAddr = name, (&url.URL{Path: name}).EscapedPath(), "127.0.0.1:40000"
	r.Header.Set("User-Agent", "surcoat-doctor")
	r.Header.Set("Accept", "*/*")
	vars, err := (&cgienv.Outgoing{Script: name, Filename: e.file, Root: filepath.Dir(e.file)}).Vars(r)
	if err != nil { // a name with a line end in it
		vars = nil
	}
	env := []string{"PATH=" + e.searchPath}
	for name, value := range vars.All() {
		if name != "CONTENT_LENGTH" || value != "" {
			env = append(env, name+"="+value)
		}
	}
	for name, value := range e.options.Env {
		env = append(env, name+"="+value)
	}
	return env
}

// notStarted is about a program that the kernel did not execute, though nothing was found.
func (o *outcome) notStarted(err error) {
	f := Finding{
		Level: Fault, Cause: CannotStart, Text: "The kernel does not start the program.", Evidence: err.Error(),
		Fix: "Nothing that is known here explains it: look at the system's log.", Command: "dmesg | tail",
	}
	switch {
	case errors.Is(err, syscall.ENOEXEC):
		f.Text, f.Fix = "The kernel does not know what this file is.", "Begin it with \"#!\" and an interpreter, or build it for this machine."
	case errors.Is(err, syscall.ELOOP):
		f.Cause, f.Text, f.Fix = InterpreterChain, "The interpreter is a script, whose interpreter is a script, and so on.", "Name a binary program in the first line."
	case errors.Is(err, os.ErrPermission):
		f.Fix = "Look for a security module (SELinux, AppArmor), or a container that forbids to become this user."
	case errors.Is(err, syscall.ETXTBSY):
		f.Text, f.Fix, f.Command = "The program is open for writing: an upload has not ended.", "Wait for its end, or see who has it open.", "fuser -v "+quote(o.e.file)
	}
	o.e.find(f)
}

// limited keeps the beginning of what is written, and takes the rest.
type limited struct {
	mu  sync.Mutex
	max int
	buf bytes.Buffer
}

func (l *limited) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.buf.Write(p[:min(len(p), l.max-l.buf.Len())])
	return len(p), nil
}

func (l *limited) bytes() []byte {
	l.mu.Lock()
	defer l.mu.Unlock()
	return bytes.Clone(l.buf.Bytes())
}
