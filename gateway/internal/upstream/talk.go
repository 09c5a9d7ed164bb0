package upstream

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"time"

	"github.com/surcoat/surcoat/gateway/internal/cgianswer"
	"github.com/surcoat/surcoat/gateway/internal/relay"
	"github.com/surcoat/surcoat/internal/errpage"
)

const (
	// drainTime is how long the end of an answer may take whose body has come.
	drainTime = time.Second
	// mostInterim is how many interim answers come before an answer.
	mostInterim = 16
)

// talk is one exchange and what is around it.
type talk struct {
	client *Client
	link   *Link
	x      Exchange
	up     *relay.Upload
	head   *cgianswer.Head
	turn   turn
	stop   func() bool // the watch over the request's context
	done   bool
}

// ask sends the request and reads the head of the answer.
func (t *talk) ask(w http.ResponseWriter, r *http.Request, open Open) error {
	t.x = open(t.link)
	t.stop = context.AfterFunc(r.Context(), t.abort)
	if p, ok := t.x.(Prober); ok {
		if err := p.Probe(); err != nil {
			return &unsent{err}
		}
	}
	t.turn = turn{conn: t.link.Conn, limit: cmp.Or(t.client.fields.AnswerTimeout, defaultAnswerTimeout)}
	t.turn.application()
	body := hasBody(r)
	if err := t.x.Begin(body); err != nil {
		return fmt.Errorf("sending the request: %w", err)
	}
	if body {
		t.turn.user()
		t.up = relay.Send(w, r, upload{t}, t.endBody)
	}
	defer t.wait().over()
	for range mostInterim {
		head, err := t.x.Head()
		if err != nil {
			return unexpected(err)
		}
		if head.Status >= 200 {
			t.head = head
			t.turn.answered()
			return nil
		}
		inform(w, head)
	}
	return &cgianswer.Error{Reason: "too many interim answers"}
}

// unsent is an error before anything of the request was sent.
type unsent struct{ err error }

func (u *unsent) Error() string { return u.err.Error() }

func (u *unsent) Unwrap() error { return u.err }

func unexpected(err error) error {
	switch {
	case errors.Is(err, io.ErrUnexpectedEOF):
		return errors.New("the application closed the connection in the head of its answer")
	case errors.Is(err, io.EOF):
		return errors.New("the application closed the connection without an answer")
	}
	return err
}

// abort ends the exchange at once.
func (t *talk) abort() {
	if a, ok := t.x.(Aborter); ok {
		a.Abort()
	}
	t.link.Conn.Discard()
}

// upload is where the client's body goes.
type upload struct{ t *talk }

func (u upload) Write(p []byte) (int, error) {
	u.t.turn.application()
	n, err := u.t.x.Write(p)
	if err == nil { // else it stays the application's turn
		u.t.turn.user()
	}
	return n, err
}

// endBody is called behind the client's body.
func (t *talk) endBody(err error) error {
	if err != nil {
		t.abort()
		return err
	}
	t.turn.application()
	return t.x.End()
}

// inform hands on an interim answer. 100 is between the client and the server that it sees.
func inform(w http.ResponseWriter, head *cgianswer.Head) {
	if head.Status == http.StatusContinue {
		return
	}
	h := w.Header()
	kept := h.Clone()
	clear(h)
	for name, values := range head.Header {
		if !forFront(name) {
			h[name] = values
		}
	}
	w.WriteHeader(head.Status)
	clear(h)
	for name, values := range kept {
		h[name] = values
	}
}

// answer hands on the answer, and the connection to the next request.
func (t *talk) answer(w http.ResponseWriter, r *http.Request) {
	file, err := t.client.sendfile(t.head)
	switch {
	case err != nil:
		t.close()
		relay.Fail(w, r, t.client.name, err)
		return
	case file != nil:
		defer file.Close()
		t.finish()
		serveFile(w, r, t.head, file)
		return
	}
	head := relay.Head{Status: t.head.Status, Header: t.head.Header, Length: t.head.Length}
	relay.Answer(w, r, t.up, head, t.x, func(err error) {
		var gone *relay.Client
		if errors.As(err, &gone) || errors.Is(r.Context().Err(), context.Canceled) {
			return
		}
		if r.Context().Err() != nil {
			err = over(r.Context(), err)
		}
		errpage.Log(w, r, errpage.Problem{Status: http.StatusBadGateway, Err: fmt.Errorf("%s: %w", t.client.name, err)})
	})
	t.finish()
}

// finish gives the connection back behind a whole answer.
func (t *talk) finish() {
	t.done = true
	state := Spent
	if t.stop() {
		state = t.x.Over(false)
	}
	switch state {
	case Reusable:
		t.link.Conn.Release()
	case Unfinished:
		go t.drain()
	default:
		t.abort()
	}
	if t.up != nil {
		_ = t.up.Stop()
	}
}

// drain waits for the end of an answer behind its body.
func (t *talk) drain() {
	_ = t.link.Conn.SetReadDeadline(time.Now().Add(drainTime))
	if t.x.Over(true) == Reusable {
		t.link.Conn.Release()
	} else {
		t.link.Conn.Discard()
	}
}

// close ends an exchange that is not whole, and says what was wrong with the client's body. It may
// come again, and after finish, where it does nothing.
func (t *talk) close() error {
	if t.done {
		return nil
	}
	t.done = true
	t.stop()
	t.abort()
	if t.up == nil {
		return nil
	}
	var gone *relay.Client
	if err := t.up.Stop(); errors.As(err, &gone) {
		return err
	}
	return nil
}
