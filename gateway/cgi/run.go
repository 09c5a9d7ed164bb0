package cgi

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"path/filepath"
	"strings"
	"sync"
	"time"

	"github.com/surcoat/surcoat/gateway/internal/cgianswer"
	"github.com/surcoat/surcoat/gateway/internal/cgienv"
	"github.com/surcoat/surcoat/gateway/internal/complaint"
	"github.com/surcoat/surcoat/gateway/internal/relay"
)

// serve answers r with what p answers.
func (h *host) serve(w http.ResponseWriter, r *http.Request, p program) {
	told, free, err := relay.Spool(r, h.spool)
	if err != nil {
		relay.Fail(w, r, "cgi", err)
		return
	}
	defer free()
	o := &cgienv.Outgoing{Script: p.script, Info: p.info, Filename: p.file, Root: h.root}
	vars, err := o.Vars(told)
	if err == nil {
		err = h.places.take(r.Context())
	}
	if err != nil {
		relay.Fail(w, r, "cgi", err)
		return
	}
	if location := h.run(w, told, p, vars); location != "" {
		h.local(w, r, location)
	}
}

// run has a place, and gives it back when the program has ended. It returns the path that is to
// be served in place of the answer, "" if none is.
func (h *host) run(w http.ResponseWriter, r *http.Request, at program, vars cgienv.Vars) (location string) {
	defer h.places.leave()
	c := command{
		file:    at.file,
		argv:    append([]string{at.file}, h.args...),
		dir:     filepath.Dir(at.file),
		environ: environ(vars, h.extra),
	}
	p, err := start(c, h.grace)
	if err != nil {
		relay.Fail(w, r, "cgi", h.said(r, c, err))
		return ""
	}
	x := &run{host: h, w: w, r: r, command: c, process: p, log: h.logger.With("program", at.file, "path", clip(r.URL.Path))}
	x.complaints = complaint.New(h.logger.With("program", at.file), "cgi: the program complains", r)
	x.silent = listen(p.stderr, x.complaints)
	defer x.finish()
	x.watch()
	defer x.unwatch()
	x.patience = newPatience(h.answer, func() {
		x.kill(fmt.Errorf("no answer within %v (AnswerTimeout): %w", h.answer, context.DeadlineExceeded))
	})
	defer x.patience.end()
	x.up = relay.Send(w, r, &input{p.stdin, x.patience}, x.endInput)
	return x.answer()
}

// run is a request and the program that runs for it.
type run struct {
	*process
	command    command
	host       *host
	w          http.ResponseWriter
	r          *http.Request
	log        *slog.Logger
	up         *relay.Upload
	complaints *complaint.Log
	silent     <-chan struct{} // closed when they are over
	patience   *patience
	unwatch    func() // what the client does, or the time, does not matter any more
	failed     bool   // what was wrong is told already
}

// watch kills the program when the client has gone or the time is over.
func (x *run) watch() {
	ctx, cancel := x.r.Context(), func() {}
	if d := x.host.timeout; d > 0 {
		cause := fmt.Errorf("it takes longer than %v (Timeout): %w", d, context.DeadlineExceeded)
		ctx, cancel = context.WithTimeoutCause(ctx, d, cause)
	}
	stop := context.AfterFunc(ctx, func() { x.kill(context.Cause(ctx)) })
	x.unwatch = func() {
		stop()
		cancel()
	}
}

// endInput is called when the request's body is over.
func (x *run) endInput(err error) error {
	if err != nil { // the program would take what it has for all of it
		x.kill(&relay.Client{Err: err})
	}
	x.patience.run()
	return x.stdin.Close()
}

var readers = sync.Pool{New: func() any { return bufio.NewReaderSize(nil, 4<<10) }}

func (x *run) answer() (location string) {
	br := readers.Get().(*bufio.Reader)
	br.Reset(x.process)
	defer func() {
		br.Reset(nil)
		readers.Put(br)
	}()
	head, err := x.readHead(br)
	if err != nil {
		x.fail(err)
		return ""
	}
	if head.Redirect && x.host.redirect != nil && isLocal(head.Header.Get("Location")) {
		x.skip(br)
		x.w.Header()["Set-Cookie"] = append(x.w.Header()["Set-Cookie"], head.Header["Set-Cookie"]...)
		return head.Header.Get("Location")
	}
	bodiless := !relay.HasBody(x.r.Method, head.Status)
	body := &delivery{Reader: br, left: head.Length, whole: x.unwatch}
	if bodiless || head.Length == 0 {
		x.unwatch()
	}
	relay.Answer(x.w, x.r, x.up, relay.Head{Status: head.Status, Header: head.Header, Length: head.Length}, body, x.torn)
	x.unwatch()
	if bodiless {
		x.skip(br)
	}
	x.flush()
	return ""
}

// delivery calls whole before a client can have all of an answer: it may leave then, and the
// program may have more to do.
type delivery struct {
	io.Reader
	left  int64 // negative where it is not known
	whole func()
}

func (d *delivery) Read(p []byte) (int, error) {
	n, err := d.Reader.Read(p)
	if d.left > 0 {
		if d.left -= int64(n); d.left <= 0 {
			d.left = -1
			d.whole()
		}
	}
	return n, err
}

// readHead reads the head, and passes over interim ones.
func (x *run) readHead(br *bufio.Reader) (*cgianswer.Head, error) {
	defer x.patience.end()
	for range 10 {
		head, err := cgianswer.ReadHead(br)
		if err == nil && x.why() != nil { // what it says when it is told to end is no answer
			err = x.why()
		}
		if err != nil || head.Status >= 200 {
			return head, err
		}
	}
	return nil, errors.New("interim answers without an end")
}

// skip takes what nobody wants, so that a program which is well does not die of it.
func (x *run) skip(br *bufio.Reader) {
	defer time.AfterFunc(x.grace, x.stdout.close).Stop()
	_, _ = io.CopyN(io.Discard, br, maxLeft)
}

// flush gives the client the end of an answer whose program still has something to do.
func (x *run) flush() {
	soon := time.NewTimer(5 * time.Millisecond)
	defer soon.Stop()
	select {
	case <-x.exited:
	case <-soon.C:
		_ = http.NewResponseController(x.w).Flush()
	}
}

// fail answers for a program that has not.
func (x *run) fail(err error) {
	x.failed = true
	gone := errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF)
	if !gone {
		x.kill(err)
	}
	x.process.finish()
	_ = x.up.Stop()
	how := x.ended()
	if how == "" {
		how = "exit status 0"
	}
	switch {
	case err == io.EOF:
		err = errors.New("the program ended without an answer: " + how)
	case err == io.ErrUnexpectedEOF:
		err = errors.New("the program ended within the head of its answer: " + how)
	}
	said := x.host.said(x.r, x.command, err)
	<-x.silent
	said.Stderr = x.complaints.Tail()
	if gone {
		said.Status = how
	}
	relay.Fail(x.w, x.r, "cgi", said)
}

// said is the error of a program that failed.
func (h *host) said(r *http.Request, c command, err error) *relay.Said {
	s := &relay.Said{Err: err, Environ: c.environ}
	if h.diagnose != nil {
		s.Diagnose = func() string { return h.diagnose(r.Context(), c.file) }
	}
	return s
}

// torn is told why an answer broke off.
func (x *run) torn(err error) {
	x.failed = true
	var client *relay.Client
	if errors.As(err, &client) || x.r.Context().Err() != nil {
		x.kill(err)
		return
	}
	x.kill(err)
	x.log.Error("cgi: the answer broke off", "error", err)
}

// finish returns when the program has ended and all of it is in the log.
func (x *run) finish() {
	x.process.finish()
	if x.up != nil {
		_ = x.up.Stop()
	}
	<-x.silent
	switch how := x.ended(); {
	case x.failed || how == "":
	case x.why() == errLingers:
		x.log.Warn("cgi: the program did not end after its answer, and was ended", "grace", x.grace)
	default:
		x.log.Warn("cgi: the program failed", "status", how)
	}
}

// clip keeps what a client sent from filling the log.
func clip(s string) string {
	if len(s) <= 1024 {
		return s
	}
	return strings.ToValidUTF8(s[:1024], "") + "…"
}
