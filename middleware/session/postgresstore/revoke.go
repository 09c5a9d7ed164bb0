package postgresstore

import (
	"context"

	"github.com/surcoat/surcoat/middleware/session"
)

// Revoke implements [session.Revoker]. It is one statement that removes the rows. A row
// that somebody saves meanwhile is removed as well: the statement waits for the save to
// end, looks at the row again, and removes it if it still signs subject in.
func (s *Store) Revoke(ctx context.Context, subject string, except ...session.ID) error {
	if subject == "" {
		return nil
	}
	kept := make([][]byte, len(except))
	for i := range except {
		kept[i] = except[i][:]
	}
	return s.do(ctx, "revoke", repeatable, func(ctx context.Context, c conn) error {
		_, err := c.Exec(ctx, s.sql.revoke, []byte(subject), kept)
		return err
	})
}
