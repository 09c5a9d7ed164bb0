package postgresstore

import "strings"

// statements are the SQL of one table. All of them judge by now(), the database's clock,
// and each is a transaction of its own.
type statements struct {
	load, create, update, touch, delete, revoke, list, expire string
}

// What the update answers in the place of a version.
const (
	wasChanged = 0
	wasGone    = -1
)

// newStatements returns the statements for a table whose name is quoted.
func newStatements(table string) statements {
	in := func(sql string) string { return strings.ReplaceAll(sql, "{table}", table) }
	return statements{
		load: in(`SELECT version, subject, expires, data FROM {table} WHERE id = $1 AND expires > now()`),

		// An expired row counts as none. Its version goes on, so that nobody who still
		// holds it can save over what comes after.
		create: in(`INSERT INTO {table} AS old (id, version, subject, expires, data) VALUES ($1, 1, $2, $3, $4)
ON CONFLICT (id) DO UPDATE SET version = old.version + 1, subject = $2, expires = $3, data = $4
WHERE old.expires <= now() RETURNING version`),

		// The second look at the table takes place only where the update found nothing.
		// It is the same snapshot: a row that was removed while the update waited for it
		// counts as changed, and whoever loads it next learns that it is gone.
		update: in(`WITH saved AS (UPDATE {table} SET version = version + 1, subject = $3, expires = $4, data = $5
WHERE id = $1 AND version = $2 AND expires > now() RETURNING version)
SELECT coalesce((SELECT version FROM saved), (SELECT 0 FROM {table} WHERE id = $1 AND expires > now()), -1)`),

		touch: in(`UPDATE {table} SET expires = $2 WHERE id = $1 AND expires > now()`),

		delete: in(`DELETE FROM {table} WHERE id = $1`),

		// That the subject is not empty is what the planner must read to use the index.
		revoke: in(`DELETE FROM {table} WHERE subject = $1 AND subject <> '' AND id <> ALL ($2)`),

		list: in(`SELECT version, subject, expires, data, id FROM {table}
WHERE subject = $1 AND subject <> '' AND expires > now() AND id > $2 ORDER BY id LIMIT $3`),

		// An array, as the planner may run a subquery with LIMIT more than once in a join.
		expire: in(`DELETE FROM {table} WHERE id = ANY (ARRAY(SELECT id FROM {table}
WHERE sweep < date_trunc('hour', now() AT TIME ZONE 'UTC') LIMIT $1 FOR UPDATE SKIP LOCKED))`),
	}
}
