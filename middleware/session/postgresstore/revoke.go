package postgresstore

import (
	"context"

	"github.com/jackc/pgx/v5"
	"github.com/surcoat/surcoat/middleware/session"
)

// Revoke implements [session.Revoker]. It is one statement that removes the rows. A row
// that somebody saves meanwhile is removed as well: the statement waits for the save to
// end, looks at the row again, and removes it if it still signs subject in. Where the
// isolation makes the server abort it six times, it is tried in a transaction of its own,
// for up to Config.Timeout again.
func (s *Store) Revoke(ctx context.Context, subject string, except ...session.ID) error {
	if subject == "" {
		return nil
	}
	kept := make([][]byte, len(except))
	for i := range except {
		kept[i] = except[i][:]
	}
	remove := func(ctx context.Context, c conn) error {
		_, err := c.Exec(ctx, s.sql.revoke, []byte(subject), kept)
		return err
	}
	err := s.do(ctx, "revoke", repeatable, remove)
	if !aborted(err) {
		return err
	}
	// By a strict isolation the server aborts it whenever a row was changed, and who writes
	// into their sessions without end would keep them. This one waits and looks again.
	committed := pgx.TxOptions{IsoLevel: pgx.ReadCommitted, AccessMode: pgx.ReadWrite}
	return s.do(ctx, "revoke", repeatable, func(ctx context.Context, c conn) error {
		return pgx.BeginTxFunc(ctx, c.Conn, committed, func(pgx.Tx) error { return remove(ctx, c) })
	})
}
