package postgresstore_test

import (
	"context"
	"fmt"
	"log/slog"
	"sync/atomic"
	"testing"
	"time"

	"github.com/surcoat/surcoat/internal/testserver"
	"github.com/surcoat/surcoat/middleware/session"
	"github.com/surcoat/surcoat/middleware/session/postgresstore"
	"github.com/surcoat/surcoat/middleware/session/storetest"
)

var tables atomic.Int64

// newTable returns a name that no other test uses.
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

func TestConformance(t *testing.T) {
	srv := testserver.Postgres(t)
	for _, mode := range []string{"cache_describe", "cache_statement", "exec", "simple_protocol"} {
		t.Run(mode, func(t *testing.T) {
			storetest.Run(t, func(tb testing.TB) session.Backend {
				return open(tb, postgresstore.Config{URL: srv.DSN() + "&default_query_exec_mode=" + mode, Table: newTable()})
			})
		})
	}
}

func id(n int) (id session.ID) {
	id[0], id[1], id[2], id[31] = byte(n), byte(n>>8), byte(n>>16), 1
	return id
}

func record(subject, data string) session.Record {
	return session.Record{Subject: subject, Data: data, Expires: time.Now().Add(time.Hour)}
}

func BenchmarkStore(b *testing.B) {
	srv := testserver.Postgres(b)
	for _, mode := range []string{"cache_describe", "cache_statement", "exec", "simple_protocol"} {
		s := open(b, postgresstore.Config{URL: srv.DSN() + "&default_query_exec_mode=" + mode, Table: newTable()})
		ctx := context.Background()
		r := record("ada", string(make([]byte, 400)))
		for n := range 1000 {
			if _, err := s.Save(ctx, id(n), r); err != nil {
				b.Fatal(err)
			}
		}
		b.Run("load/"+mode, func(b *testing.B) {
			b.ReportAllocs()
			n := 0
			for b.Loop() {
				n++
				if _, err := s.Load(ctx, id(n%1000)); err != nil {
					b.Fatal(err)
				}
			}
		})
		b.Run("save/"+mode, func(b *testing.B) {
			b.ReportAllocs()
			r, _ := s.Load(ctx, id(1))
			for b.Loop() {
				var err error
				if r.Version, err = s.Save(ctx, id(1), r); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
