package postgresstore_test

import (
	"context"
	"fmt"
	"log/slog"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/surcoat/surcoat/internal/testserver"
	"github.com/surcoat/surcoat/middleware/session"
	"github.com/surcoat/surcoat/middleware/session/postgresstore"
)

// Nothing depends on what a connection remembers: prepared statements that were lost are
// not missed, and are given up where they do not last.
func TestSessionStateIsLost(t *testing.T) {
	srv := newDatabase(t)
	for _, mode := range modes {
		t.Run(mode, func(t *testing.T) {
			c, err := pgxpool.ParseConfig(srv.URL() + "&default_query_exec_mode=" + mode)
			if err != nil {
				t.Fatal(err)
			}
			c.AfterRelease = func(c *pgx.Conn) bool {
				_, err := c.Exec(context.Background(), `DISCARD ALL`, pgx.QueryExecModeSimpleProtocol)
				return err == nil
			}
			pool, err := pgxpool.NewWithConfig(t.Context(), c)
			if err != nil {
				t.Fatal(err)
			}
			defer pool.Close()
			var log logged
			s := open(t, postgresstore.Config{Pool: pool, Table: newTable(), Log: slog.New(slog.NewTextHandler(&log, nil))})
			traffic(t, s)
			warned := 0
			if mode == "cache_statement" {
				warned = 1
			}
			want(t, "warnings of "+log.String(), strings.Count(log.String(), "level=WARN"), warned)
			wantErr(t, "close", s.Close(), nil)
		})
	}
}

// Behind PgBouncer, where two connections serve two processes of eight each. In
// statement mode, which has no transactions, the table was made before.
func TestPgBouncer(t *testing.T) {
	program := testserver.Program(t, "pgbouncer", "pgbouncer")
	srv := testserver.Postgres(t)
	for _, pooling := range []string{"transaction", "statement"} {
		addr := pgbouncer(t, program, srv, pooling)
		for _, mode := range []string{"", "&default_query_exec_mode=cache_describe", "&default_query_exec_mode=exec", "&default_query_exec_mode=simple_protocol"} {
			t.Run(pooling+mode, func(t *testing.T) {
				c := postgresstore.Config{URL: srv.URL(), Table: newTable()}
				if pooling == "statement" {
					open(t, c)
				}
				c.URL = strings.Replace(c.URL, srv.Addr, addr, 1) + "&pool_max_conns=8" + mode
				var all sync.WaitGroup
				for range 2 {
					s := open(t, c)
					all.Go(func() { traffic(t, s) })
				}
				all.Wait()
			})
		}
	}
}

// traffic uses each statement from several goroutines.
func traffic(t *testing.T, s *postgresstore.Store) {
	var all sync.WaitGroup
	for n := range 8 {
		all.Go(func() {
			subject := fmt.Sprintf("%p %d", s, n)
			for range 30 {
				id := session.ID([]byte(fmt.Sprintf("%-32.32s", subject)))
				r := record(subject, "x")
				var err error
				for range 2 {
					r.Version, err = s.Save(t.Context(), id, r)
					wantErr(t, "save", err, nil)
				}
				_, err = s.Load(t.Context(), id)
				wantErr(t, "load", err, nil)
				wantErr(t, "touch", s.Touch(t.Context(), id, r.Expires), nil)
				want(t, "listed", listed(t, s, subject), 1)
				wantErr(t, "revoke", s.Revoke(t.Context(), subject), nil)
				wantErr(t, "delete", s.Delete(t.Context(), id), nil)
			}
		})
	}
	all.Wait()
}

// pgbouncer starts one in front of srv and returns its address.
func pgbouncer(t *testing.T, program string, srv *testserver.PostgresServer, pooling string) string {
	addr := testserver.Nowhere(t)
	_, port, _ := net.SplitHostPort(addr)
	_, behind, _ := net.SplitHostPort(srv.Addr)
	ini := filepath.Join(t.TempDir(), "pgbouncer.ini")
	if err := os.WriteFile(ini, []byte(`[databases]
postgres = host=127.0.0.1 port=`+behind+` user=postgres
[pgbouncer]
listen_addr = 127.0.0.1
listen_port = `+port+`
unix_socket_dir =
auth_type = any
pool_mode = `+pooling+`
default_pool_size = 2
`), 0o600); err != nil {
		t.Fatal(err)
	}
	args := []string{ini}
	if os.Getuid() == 0 { // whose rights it refuses
		if err := os.Chmod(ini, 0o644); err != nil {
			t.Fatal(err)
		}
		args = []string{"-u", "nobody", ini}
	}
	var log logged
	cmd := exec.Command(program, args...)
	cmd.Stdout, cmd.Stderr = &log, &log
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = cmd.Process.Kill()
		_ = cmd.Wait()
		if t.Failed() {
			t.Log(log.String())
		}
	})
	eventually(t, "pgbouncer", func() bool {
		c, err := net.Dial("tcp", addr)
		if err == nil {
			c.Close()
		}
		return err == nil
	})
	return addr
}
