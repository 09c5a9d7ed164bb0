package session_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/surcoat/surcoat/middleware/session"
)

func id(n int) (id session.ID) {
	id[0], id[1], id[2], id[31] = byte(n), byte(n>>8), byte(n>>16), 1
	return id
}

func record(subject, data string) session.Record {
	return session.Record{Subject: subject, Data: data, Expires: time.Now().Add(time.Hour)}
}

func wantErr(t *testing.T, what string, got, want error) {
	t.Helper()
	if !errors.Is(got, want) {
		t.Errorf("%s: got %v, want %v", what, got, want)
	}
}

func TestMemoryCompareAndSwap(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m, ctx := &session.Memory{}, t.Context()
		_, err := m.Load(ctx, id(1))
		wantErr(t, "load of none", err, session.ErrGone)
		r := record("", "a")
		r.Version = 1
		_, err = m.Save(ctx, id(1), r)
		wantErr(t, "update of none", err, session.ErrGone)
		wantErr(t, "touch of none", m.Touch(ctx, id(1), r.Expires), session.ErrGone)
		want(t, "sessions", m.Len(), 0)

		v1, err := m.Save(ctx, id(1), record("", "a"))
		wantErr(t, "create", err, nil)
		_, err = m.Save(ctx, id(1), record("", "b"))
		wantErr(t, "create again", err, session.ErrConflict)
		r.Version = v1 + 1
		_, err = m.Save(ctx, id(1), r)
		wantErr(t, "a version that is not there", err, session.ErrConflict)
		r = record("alice", "larger than before")
		r.Version = v1
		v2, err := m.Save(ctx, id(1), r)
		wantErr(t, "update", err, nil)
		_, err = m.Save(ctx, id(1), r)
		wantErr(t, "update with the old version", err, session.ErrConflict)
		want(t, "versions differ", v1 == v2, false)

		wantErr(t, "touch", m.Touch(ctx, id(1), time.Now().Add(2*time.Hour)), nil)
		got, err := m.Load(ctx, id(1))
		wantErr(t, "load", err, nil)
		want(t, "version after a touch", got.Version, v2)
		want(t, "data", got.Data, "larger than before")
		want(t, "subject", got.Subject, "alice")
		want(t, "expires", got.Expires.Equal(time.Now().Add(2*time.Hour)), true)

		wantErr(t, "delete", m.Delete(ctx, id(1)), nil)
		wantErr(t, "delete again", m.Delete(ctx, id(1)), nil)
		_, err = m.Save(ctx, id(1), got)
		wantErr(t, "update of a deleted one", err, session.ErrGone)
		want(t, "sessions", m.Len(), 0)
	})
}

func TestMemoryExpires(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m, ctx := &session.Memory{}, t.Context()
		_, _ = m.Save(ctx, id(1), record("alice", "a"))
		time.Sleep(time.Hour - time.Nanosecond)
		r, err := m.Load(ctx, id(1))
		wantErr(t, "just before", err, nil)
		time.Sleep(time.Nanosecond)
		wantErr(t, "touch", m.Touch(ctx, id(1), time.Now().Add(time.Hour)), session.ErrGone)
		_, err = m.Load(ctx, id(1))
		wantErr(t, "load", err, session.ErrGone)
		_, err = m.Save(ctx, id(1), r)
		wantErr(t, "update", err, session.ErrGone)
		_, err = m.Save(ctx, id(1), record("", "new"))
		wantErr(t, "create", err, nil)
	})
}

// What nobody asks for again leaves all the same.
func TestMemoryForgetsTheExpired(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m := &session.Memory{}
		for round := range 20 {
			for n := range 1000 {
				subject := ""
				if n%2 == 0 {
					subject = "alice"
				}
				_, _ = m.Save(t.Context(), id(round*1000+n), record(subject, "a"))
			}
			time.Sleep(time.Hour)
		}
		if n := m.Len(); n > 2000 {
			t.Errorf("%d sessions of which none is alive", n)
		}
	})
}

func TestMemoryIsBounded(t *testing.T) {
	for bound, m := range map[string]*session.Memory{
		"sessions": {MaxSessions: 100},
		"bytes":    {MaxBytes: 100 * (256 + 64 + 10 + 3)}, // of sessions that are in the index too
	} {
		t.Run(bound, func(t *testing.T) {
			ctx := t.Context()
			data := strings.Repeat("x", 10)
			for n := range 50 {
				_, err := m.Save(ctx, id(n), record("bob", data))
				wantErr(t, "signed in", err, nil)
			}
			for n := range 500 {
				_, err := m.Save(ctx, id(1000+n), record("", data))
				wantErr(t, "anonymous", err, nil)
			}
			if n := m.Len(); n > 100 && (bound == "sessions" || n > 50+50*(256+64+13)/(256+10)) {
				t.Errorf("%d sessions", n)
			}
			for n := range 50 {
				_, err := m.Load(ctx, id(n))
				wantErr(t, "signed in, among strangers", err, nil)
			}
			for n := range 50 {
				_, err := m.Save(ctx, id(100+n), record("bob", data))
				wantErr(t, "signed in, in the place of strangers", err, nil)
			}
			_, err := m.Save(ctx, id(200), record("bob", data))
			wantErr(t, "one too many", err, session.ErrFull)
			_, err = m.Save(ctx, id(200), record("", data))
			wantErr(t, "a stranger", err, session.ErrFull)
			want(t, "sessions", m.Len(), 100)

			r, _ := m.Load(ctx, id(0)) // a full store still takes changes
			r.Data = strings.Repeat("y", 10)
			_, err = m.Save(ctx, id(0), r)
			wantErr(t, "update", err, nil)
			wantErr(t, "delete", m.Delete(ctx, id(0)), nil)
			_, err = m.Save(ctx, id(200), record("bob", data))
			wantErr(t, "after a logout", err, nil)
		})
	}
	m := &session.Memory{MaxBytes: 1000}
	_, _ = m.Save(t.Context(), id(1), record("", "small"))
	_, err := m.Save(t.Context(), id(2), record("", strings.Repeat("x", 2000)))
	wantErr(t, "larger than the store", err, session.ErrFull)
	r, err := m.Load(t.Context(), id(1))
	wantErr(t, "nothing was dropped for it", err, nil)
	r.Data = strings.Repeat("x", 2000)
	_, err = m.Save(t.Context(), id(1), r)
	wantErr(t, "grown larger than the store", err, session.ErrFull)
	r, err = m.Load(t.Context(), id(1))
	want(t, "as it was", r.Data, "small")
	wantErr(t, "still there", err, nil)
}

// A session that shrinks makes room.
func TestMemoryCountsShrinking(t *testing.T) {
	m, ctx := &session.Memory{MaxBytes: 20000}, t.Context()
	empty := fillUp(m)
	for n := range empty {
		_ = m.Delete(ctx, id(n))
	}
	version, err := m.Save(ctx, id(0), record("bob", strings.Repeat("x", 10000)))
	wantErr(t, "large", err, nil)
	r := record("bob", "")
	r.Version = version
	_, err = m.Save(ctx, id(0), r)
	wantErr(t, "small", err, nil)
	_ = m.Delete(ctx, id(0))
	want(t, "sessions that fit", fillUp(m), empty)
}

// The least recently used strangers go first.
func TestMemoryDropsTheLeastUsed(t *testing.T) {
	m, ctx := &session.Memory{MaxSessions: 10}, t.Context()
	for n := range 10 { // all in one shard
		_, _ = m.Save(ctx, id(n<<8), record("", "a"))
	}
	_, _ = m.Load(ctx, id(0))
	_, _ = m.Save(ctx, id(10<<8), record("", "a"))
	_, err := m.Load(ctx, id(0))
	wantErr(t, "used", err, nil)
	_, err = m.Load(ctx, id(1<<8))
	wantErr(t, "unused", err, session.ErrGone)
}

func TestMemoryInParallel(t *testing.T) {
	m, ctx := &session.Memory{MaxSessions: 200}, context.Background()
	var wg sync.WaitGroup
	for g := range 8 {
		wg.Go(func() {
			for n := range 2000 {
				i := id((g*7 + n) % 300)
				subject := ""
				if n%5 == 0 {
					subject = "alice"
				}
				r, err := m.Load(ctx, i)
				if err != nil {
					r = record(subject, "a")
				}
				r.Data = fmt.Sprint(n)
				_, _ = m.Save(ctx, i, r)
				_ = m.Touch(ctx, i, time.Now().Add(time.Hour))
				if n%3 == 0 {
					_ = m.Delete(ctx, i)
				}
				if m.Len() > 200+8 { // what is being added counts already
					t.Error("overshoot")
				}
			}
		})
	}
	wg.Wait()
	for n := range 300 {
		_ = m.Delete(ctx, id(n))
	}
	want(t, "sessions in the end", m.Len(), 0)
	want(t, "a full store's worth fits again", fillUp(m), 200)
}

func fillUp(m *session.Memory) (n int) {
	for {
		if _, err := m.Save(context.Background(), id(n), record("bob", "")); err != nil {
			return n
		}
		n++
	}
}

// A full store answers a new session with a clean 503.
func TestFullStore(t *testing.T) {
	m := &session.Manager{Store: session.NewServerStore(&session.Memory{MaxSessions: 1})}
	h := identitySite(t, m).h
	(&client{h: h}).get("/login")
	a := (&client{h: h}).get("/fill")
	want(t, "status", a.StatusCode, 503)
	want(t, "Retry-After", a.Header.Get("Retry-After"), "5")
}
