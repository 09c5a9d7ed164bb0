package postgresstore

import (
	"context"

	"github.com/jackc/pgx/v5"
	"github.com/surcoat/surcoat/middleware/session"
)

// Revoke implements [session.Revoker]. It is one statement that removes the rows. A row
// that somebody saves meanwhile is removed as well: the statement waits for the save to
// end, looks at the row again, and removes it if it still signs subject in. For that it
// chooses the isolation itself: by a stricter one the server would abort it each time, and
// who writes into their sessions without end would keep them.
func (s *Store) Revoke(ctx context.Context, subject string, except ...session.ID) error {
	if subject == "" {
		return nil
	}
	kept := make([][]byte, len(except))
	for i := range except {
		kept[i] = except[i][:]
	}
	return s.do(ctx, "revoke", repeatable, func(ctx context.Context, c conn) error {
		committed := pgx.TxOptions{IsoLevel: pgx.ReadCommitted, AccessMode: pgx.ReadWrite}
		return pgx.BeginTxFunc(ctx, c.Conn, committed, func(pgx.Tx) error {
			_, err := c.Exec(ctx, s.sql.revoke, []byte(subject), kept)
			return err
		})
	})
}
