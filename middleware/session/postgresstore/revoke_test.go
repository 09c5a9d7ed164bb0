package postgresstore_test

import (
	"context"
	"sync"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/surcoat/surcoat/middleware/session"
	"github.com/surcoat/surcoat/middleware/session/postgresstore"
)

// A Revoke meets changes of rows that began before it and end after: it waits for each,
// and then looks at the row again.
func TestRevokeWaits(t *testing.T) {
	for _, isolation := range []string{"read committed", "repeatable read"} {
		t.Run(isolation, func(t *testing.T) {
			srv := newDatabase(t)
			isolate(t, srv, isolation)
			s := open(t, postgresstore.Config{URL: srv.URL()})
			for _, test := range []struct {
				name, change string
				end          string
				after        error
			}{
				{"saved", `UPDATE surcoat_sessions SET version = version + 1, data = 'new'`, "COMMIT", session.ErrGone},
				{"saved, with other indexes", `UPDATE surcoat_sessions SET version = version + 1, expires = expires + interval '5 hours'`, "COMMIT", session.ErrGone},
				{"saved in vain", `UPDATE surcoat_sessions SET subject = 'bob'`, "ROLLBACK", session.ErrGone},
				{"deleted", `DELETE FROM surcoat_sessions`, "COMMIT", session.ErrGone},
				{"deleted in vain", `DELETE FROM surcoat_sessions`, "ROLLBACK", session.ErrGone},
				{"signed out", `UPDATE surcoat_sessions SET subject = '', version = version + 1`, "COMMIT", nil},
				{"went to bob", `UPDATE surcoat_sessions SET subject = 'bob', version = version + 1`, "COMMIT", nil},
				{"away and back", `UPDATE surcoat_sessions SET subject = 'bob'; UPDATE surcoat_sessions SET subject = 'ada'`, "COMMIT", session.ErrGone},
			} {
				r := record("ada", "old")
				r.Version, _ = s.Save(t.Context(), id(1), r)
				err := meet(t, srv, test.change, test.end, func() error { return s.Revoke(t.Context(), "ada") })
				wantErr(t, test.name+": revoke", err, nil)
				got, err := s.Load(t.Context(), id(1))
				wantErr(t, test.name+": load", err, test.after)
				if test.after != nil {
					_, err = s.Save(t.Context(), id(1), r)
					wantErr(t, test.name+": save", err, test.after)
					wantErr(t, test.name+": touch", s.Touch(t.Context(), id(1), r.Expires), test.after)
				}
				if got.Subject == "ada" {
					t.Errorf("%s: still signed in", test.name)
				}
				run(t, srv, `DELETE FROM surcoat_sessions`)
			}
		})
	}
}

// A save that waits for a Revoke, or another end of the session, does not undo it.
func TestSaveWaits(t *testing.T) {
	srv := newDatabase(t)
	s := open(t, postgresstore.Config{URL: srv.URL()})
	for _, test := range []struct {
		name, change, end string
		want              error
	}{
		{"revoked", `DELETE FROM surcoat_sessions WHERE subject = 'ada'`, "COMMIT", session.ErrConflict},
		{"revoked in vain", `DELETE FROM surcoat_sessions WHERE subject = 'ada'`, "ROLLBACK", nil},
		{"saved", `UPDATE surcoat_sessions SET version = version + 1`, "COMMIT", session.ErrConflict},
		{"touched", `UPDATE surcoat_sessions SET expires = expires + interval '1 hour'`, "COMMIT", nil},
	} {
		r := record("ada", "old")
		r.Version, _ = s.Save(t.Context(), id(1), r)
		err := meet(t, srv, test.change, test.end, func() error { _, err := s.Save(t.Context(), id(1), r); return err })
		wantErr(t, test.name+": save", err, test.want)
		if test.name == "revoked" {
			_, err = s.Load(t.Context(), id(1))
			wantErr(t, "revoked: load", err, session.ErrGone)
			_, err = s.Save(t.Context(), id(1), r)
			wantErr(t, "revoked: save again", err, session.ErrGone)
		}
		run(t, srv, `DELETE FROM surcoat_sessions`)
	}
}

// meet makes a change in a transaction, ends it when f waits for it, and returns f's
// error.
func meet(t *testing.T, srv named, change, end string, f func() error) error {
	t.Helper()
	c, watch := connect(t, srv), connect(t, srv)
	for _, sql := range []string{"BEGIN", change} {
		if _, err := c.Exec(t.Context(), sql, pgx.QueryExecModeSimpleProtocol); err != nil {
			t.Fatal(err)
		}
	}
	done := make(chan error, 1)
	go func() { done <- f() }()
	eventually(t, "the wait", func() bool {
		var waits bool
		err := watch.QueryRow(t.Context(), `SELECT EXISTS (SELECT FROM pg_locks WHERE NOT granted)`).Scan(&waits)
		return err == nil && waits
	})
	if _, err := c.Exec(t.Context(), end); err != nil {
		t.Fatal(err)
	}
	return <-done
}

// Whoever writes into their session all the time does not keep it so, where the isolation
// makes the server abort one of two transactions that meet.
func TestRevokeAmongWriters(t *testing.T) {
	for _, isolation := range []string{"repeatable read", "serializable"} {
		t.Run(isolation, func(t *testing.T) {
			srv := newDatabase(t)
			isolate(t, srv, isolation)
			s := open(t, postgresstore.Config{URL: srv.URL(), Timeout: 10 * time.Second})
			if _, err := s.Save(t.Context(), id(1), record("ada", "old")); err != nil {
				t.Fatal(err)
			}
			stop := make(chan struct{})
			var writers sync.WaitGroup
			for range 4 { // the next one waits for the row when one is done
				c, err := pgx.Connect(t.Context(), srv.URL())
				if err != nil {
					t.Fatal(err)
				}
				writers.Go(func() {
					defer c.Close(context.Background())
					for {
						select {
						case <-stop:
							return
						default:
							_, _ = c.Exec(context.Background(), `BEGIN ISOLATION LEVEL READ COMMITTED;
UPDATE surcoat_sessions SET expires = expires + interval '1 second'; SELECT pg_sleep(0.005); COMMIT`, pgx.QueryExecModeSimpleProtocol)
						}
					}
				})
			}
			time.Sleep(20 * time.Millisecond) // so that they are at it
			err := s.Revoke(t.Context(), "ada")
			close(stop)
			writers.Wait()
			wantErr(t, "revoke", err, nil)
			_, err = s.Load(t.Context(), id(1))
			wantErr(t, "load", err, session.ErrGone)
		})
	}
}
