package postgresstore_test

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/surcoat/surcoat/internal/testserver"
	"github.com/surcoat/surcoat/middleware/session"
	"github.com/surcoat/surcoat/middleware/session/postgresstore"
)

// shared is the server of all tests that leave it as it is.
var shared struct {
	start sync.Once
	*testserver.PostgresServer
	stop []func()
}

func TestMain(m *testing.M) {
	code := m.Run()
	for _, stop := range shared.stop {
		stop()
	}
	os.Exit(code)
}

// first is the test that starts the shared server, which outlasts it.
type first struct{ testing.TB }

func (first) Cleanup(f func()) { shared.stop = append([]func(){f}, shared.stop...) }
func (first) Failed() bool     { return false }

// named is a server or a database of its own.
type named interface{ URL() string }

// database is a database of the shared server, by its address.
type database string

func (d database) URL() string { return string(d) }

// newDatabase returns an empty one. It is dropped with the server.
func newDatabase(tb testing.TB) database {
	tb.Helper()
	shared.start.Do(func() { shared.PostgresServer = testserver.Postgres(first{tb}) })
	if shared.PostgresServer == nil {
		tb.Skip("there is no Postgres")
	}
	name := newTable()
	run(tb, shared.PostgresServer, `CREATE DATABASE `+name)
	return database(strings.Replace(shared.URL(), "/postgres?", "/"+name+"?", 1))
}

var tables atomic.Int64

// newTable returns a name that nothing else has, of a table or a database.
func newTable() string { return fmt.Sprintf("sessions_%d", tables.Add(1)) }

func open(tb testing.TB, c postgresstore.Config) *postgresstore.Store {
	tb.Helper()
	if c.Log == nil {
		c.Log = slog.New(slog.DiscardHandler)
	}
	s, err := postgresstore.Open(tb.Context(), c)
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() {
		if err := s.Close(); err != nil {
			tb.Error(err)
		}
	})
	return s
}

func id(n int) (id session.ID) {
	id[0], id[1], id[2], id[31] = byte(n), byte(n>>8), byte(n>>16), 1
	return id
}

// newID returns one that no other call returns, and none that id returns.
func newID() (id session.ID) {
	_, _ = rand.Read(id[:]) // never fails (crypto/rand)
	return id
}

func record(subject, data string) session.Record {
	return session.Record{Subject: subject, Data: data, Expires: time.Now().Add(time.Hour)}
}

func listed(t *testing.T, s *postgresstore.Store, subject string) (n int) {
	t.Helper()
	for _, err := range s.List(t.Context(), subject) {
		wantErr(t, "list", err, nil)
		n++
	}
	return n
}

// connect returns an administrator's connection.
func connect(tb testing.TB, srv named) *pgx.Conn {
	tb.Helper()
	c, err := pgx.Connect(tb.Context(), srv.URL())
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() { _ = c.Close(context.WithoutCancel(tb.Context())) })
	return c
}

func run(tb testing.TB, srv named, sql string) {
	tb.Helper()
	c := connect(tb, srv)
	defer c.Close(tb.Context())
	if _, err := c.Exec(tb.Context(), sql, pgx.QueryExecModeSimpleProtocol); err != nil {
		tb.Fatalf("%s: %v", sql, err)
	}
}

func query(tb testing.TB, srv named, sql string, dst ...any) {
	tb.Helper()
	c := connect(tb, srv)
	defer c.Close(tb.Context())
	if err := c.QueryRow(tb.Context(), sql).Scan(dst...); err != nil {
		tb.Fatalf("%s: %v", sql, err)
	}
}

func newPool(tb testing.TB, url string) *pgxpool.Pool {
	tb.Helper()
	pool, err := pgxpool.New(tb.Context(), url)
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(pool.Close)
	return pool
}

// eventually polls until done, and fails when that takes too long.
func eventually(tb testing.TB, what string, done func() bool) {
	tb.Helper()
	for deadline := time.Now().Add(30 * time.Second); !done(); time.Sleep(10 * time.Millisecond) {
		if time.Now().After(deadline) {
			tb.Fatalf("%s: not in 30 s", what)
		}
	}
}

func want[T comparable](t *testing.T, what string, got, want T) {
	t.Helper()
	if got != want {
		t.Errorf("%s: got %v, want %v", what, got, want)
	}
}

func wantErr(t *testing.T, what string, got, want error) {
	t.Helper()
	if !errors.Is(got, want) || got == nil != (want == nil) {
		t.Errorf("%s: got %v, want %v", what, got, want)
	}
}

// isolate makes all transactions of the database such ones.
func isolate(t *testing.T, d named, isolation string) {
	t.Helper()
	run(t, d, `DO $$ BEGIN EXECUTE format('ALTER DATABASE %I SET default_transaction_isolation = %L', current_database(), '`+isolation+`'); END $$`)
}
