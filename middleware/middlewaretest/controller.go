package middlewaretest

import (
	"errors"
	"io"
	"net/http"
	"os"
	"strings"
	"time"
)

// controllerChecks: what http.ResponseController offers is reached through the layer.
func controllerChecks() []check {
	return []check{
		{name: "deadlines reach the server", run: deadlines},
		{name: "a read deadline works", run: readDeadline},
		{name: "full duplex", run: fullDuplex},
	}
}

const whyUnwrap = "long uploads, downloads and event streams set their own; a writer that wraps another needs Unwrap() http.ResponseWriter"

func deadlines(t *trial) {
	at := time.Now().Add(time.Hour)
	said := make(chan error, 1)
	s := t.serve(func(w http.ResponseWriter, r *http.Request) {
		rc := http.NewResponseController(w)
		said <- errors.Join(rc.SetReadDeadline(at), rc.SetWriteDeadline(at), rc.EnableFullDuplex())
		plainText(w, "set")
	})
	t.same(s.get(""), 200, "set", "deadlines change nothing else")
	select {
	case err := <-said:
		if err != nil {
			t.fail("SetReadDeadline, SetWriteDeadline and EnableFullDuplex work", err.Error(), whyUnwrap)
			return
		}
	default:
		return
	}
	s.record().did(func(rec *record) {
		has := func(times []time.Time) bool {
			for _, other := range times {
				if other.Equal(at) {
					return true
				}
			}
			return false
		}
		if !has(rec.read) || !has(rec.write) || !rec.full {
			t.failf("all three reach the server's writer", whyUnwrap, "read %v, write %v, full duplex %v", rec.read, rec.write, rec.full)
		}
	})
}

func readDeadline(t *trial) {
	said := make(chan error, 1)
	s := t.serve(func(w http.ResponseWriter, r *http.Request) {
		if err := http.NewResponseController(w).SetReadDeadline(time.Now().Add(-time.Second)); err != nil {
			said <- err
			return
		}
		_, err := io.ReadAll(r.Body)
		said <- err
	})
	body, more := io.Pipe() // nobody ever writes to it
	r := s.request("POST", "/", body)
	go func() {
		if resp, err := s.client.Do(r); err == nil {
			_ = resp.Body.Close()
		}
	}()
	err, ok := soon(t, said)
	_ = more.Close()
	if !ok || !errors.Is(err, os.ErrDeadlineExceeded) {
		t.failf("reading a stalled upload fails with os.ErrDeadlineExceeded", whyUnwrap, "it ended: %v, %v", ok, err)
	}
}

// fullDuplex: the client sends its second word when it has seen the first come back.
func fullDuplex(t *trial) {
	said := make(chan error, 1)
	s := t.serve(func(w http.ResponseWriter, r *http.Request) {
		rc := http.NewResponseController(w)
		err := rc.EnableFullDuplex()
		w.Header().Set("Content-Type", "application/octet-stream")
		word := make([]byte, 4)
		for err == nil {
			if _, err = io.ReadFull(r.Body, word); err == nil {
				_, _ = w.Write(word)
				err = rc.Flush()
			}
		}
		said <- err
	})
	body, send := io.Pipe()
	stalled := time.AfterFunc(t.suite.patience, func() { _ = body.CloseWithError(errors.New("nobody takes the request's body")) })
	defer stalled.Stop()
	go func() { _, _ = io.WriteString(send, "one.") }()
	resp, err := s.client.Do(s.request("POST", "/", body))
	if err != nil {
		_ = send.CloseWithError(err)
		t.fail("an answer while the request is still being sent", err.Error(), whyUnwrap)
		return
	}
	defer resp.Body.Close()
	var got strings.Builder
	word := make([]byte, 4)
	for _, next := range []string{"two.", ""} {
		if _, err = io.ReadFull(resp.Body, word); err != nil {
			break
		}
		got.Write(word)
		if next == "" {
			break
		}
		if _, err = io.WriteString(send, next); err != nil {
			break
		}
	}
	_ = send.Close()
	end, _ := soon(t, said)
	if got.String() != "one.two." || end != io.EOF {
		t.failf("each word comes back before the next is sent", whyUnwrap, "%q, client %v, handler %v", got.String(), err, end)
	}
}
