package postgresstore

import (
	"context"
	"iter"

	"github.com/surcoat/surcoat/middleware/session"
)

// listPage is how many records a List holds at a time.
const listPage = 256

// List implements [session.Lister]. It reads by pages, each within Config.Timeout, and
// holds no connection while the caller looks at a record, who may therefore use the
// store.
func (s *Store) List(ctx context.Context, subject string) iter.Seq2[session.Record, error] {
	return func(yield func(session.Record, error) bool) {
		if subject == "" {
			return
		}
		after := []byte{}
		for {
			page, last, err := s.page(ctx, subject, after)
			for _, r := range page {
				if !yield(r, nil) {
					return
				}
			}
			switch {
			case err != nil:
				yield(session.Record{}, err)
				return
			case len(page) < listPage:
				return
			}
			after = last
		}
	}
}

// page returns the records whose id follows after, in order, and the id of the last.
func (s *Store) page(ctx context.Context, subject string, after []byte) (page []session.Record, last []byte, err error) {
	err = s.do(ctx, "list", repeatable, func(ctx context.Context, c conn) error {
		page = page[:0]
		rows, err := c.Query(ctx, s.sql.list, []byte(subject), after, int64(listPage))
		if err != nil {
			return err
		}
		defer rows.Close()
		for rows.Next() {
			var r session.Record
			if err := scan(rows, &r, &last); err != nil {
				return err
			}
			page = append(page, r)
		}
		return rows.Err()
	})
	if err != nil {
		return nil, nil, err
	}
	return page, last, nil
}
