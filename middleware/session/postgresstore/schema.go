package postgresstore

import (
	"context"
	"errors"
	"fmt"
	"hash/fnv"
	"strconv"
	"strings"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
)

// schema is how a table comes about: step i makes version i+1 of version i, and version 0
// is that there is none. The version is in the table's comment. The statements of the
// version before must go on working after a step, as other processes run them.
type schema [][]string

// current is the schema of this package.
//
// A btree cannot hold a subject of 2.7 kB or more, a hash index can. Expires itself is in
// no index: moving it would then write all indexes anew, and it moves with every touch.
// Of the hour in which a row expires an index costs that once an hour.
var current = schema{
	{
		`CREATE TABLE {table} (
    id bytea PRIMARY KEY CHECK (octet_length(id) = 32),
    version bigint NOT NULL CHECK (version > 0),
    subject bytea NOT NULL,
    expires timestamptz NOT NULL CHECK (isfinite(expires)),
    sweep timestamp GENERATED ALWAYS AS (date_trunc('hour', expires AT TIME ZONE 'UTC')) STORED,
    data bytea NOT NULL
) WITH (fillfactor = 80, autovacuum_vacuum_scale_factor = 0.05)`,
		`CREATE INDEX {subject_index} ON {table} USING hash (subject) WHERE subject <> ''`,
		`CREATE INDEX {sweep_index} ON {table} (sweep)`,
	},
}

// comment is what stands before the version in the table's comment.
const comment = "surcoat session store, schema "

// table is where the sessions are.
type table struct {
	namespace string // "": what the search_path says
	name      string
}

// maxTable leaves room for the endings of the indexes' names in the 63 bytes that
// PostgreSQL keeps of a name.
const maxTable = 50

// parseTable reads "name" or "schema.name".
func parseTable(s string) (t table, err error) {
	t.name = s
	if before, after, ok := strings.Cut(s, "."); ok {
		t.namespace, t.name = before, after
		if !identifier(before) {
			return t, fmt.Errorf("postgresstore: Config.Table: %q is no name of a schema: use letters, digits and _", before)
		}
	}
	if !identifier(t.name) {
		return t, fmt.Errorf("postgresstore: Config.Table: %q is no name of a table: use up to %d letters, digits and _, after the schema and a dot if it needs one", t.name, maxTable)
	}
	return t, nil
}

func identifier(s string) bool {
	for i := range len(s) {
		switch c := s[i]; {
		case c >= 'a' && c <= 'z', c >= 'A' && c <= 'Z', c == '_':
		case c >= '0' && c <= '9' && i > 0:
		default:
			return false
		}
	}
	return s != "" && len(s) <= maxTable
}

// String returns the name quoted for SQL.
func (t table) String() string {
	if t.namespace == "" {
		return pgx.Identifier{t.name}.Sanitize()
	}
	return pgx.Identifier{t.namespace, t.name}.Sanitize()
}

// sql returns the statements that make the newest version of version from.
func (s schema) sql(t table, from int) (sql []string) {
	fill := strings.NewReplacer("{table}", t.String(),
		"{subject_index}", pgx.Identifier{t.name + "_subject"}.Sanitize(),
		"{sweep_index}", pgx.Identifier{t.name + "_sweep"}.Sanitize())
	for _, step := range s[from:] {
		for _, statement := range step {
			sql = append(sql, fill.Replace(statement))
		}
	}
	return append(sql, fmt.Sprintf("COMMENT ON TABLE %s IS '%s%d'", t, comment, len(s)))
}

// state is what a look at the table told.
type state struct {
	version int
	usable  bool // the user may read and write it
	user    string
}

// lookSQL opens pg_class, as that is what makes the server's process hear of a table
// that another one made while it waited for the advisory lock.
const lookSQL = `SELECT current_user::text, coalesce(obj_description(c.oid, 'pg_class'), ''), c.oid IS NOT NULL,
coalesce(has_table_privilege(c.oid, 'SELECT') AND has_table_privilege(c.oid, 'INSERT') AND
has_table_privilege(c.oid, 'UPDATE') AND has_table_privilege(c.oid, 'DELETE'), false)
FROM (SELECT to_regclass($1)::oid) AS named (oid) LEFT JOIN pg_class AS c ON c.oid = named.oid`

// look returns the version of the table. It needs no right on the table.
func (s schema) look(ctx context.Context, q interface {
	QueryRow(ctx context.Context, sql string, args ...any) pgx.Row
}, mode pgx.QueryExecMode, t table,
) (st state, err error) {
	var text string
	var exists bool
	if err := q.QueryRow(ctx, lookSQL, mode, t.String()).Scan(&st.user, &text, &exists, &st.usable); err != nil {
		return st, err
	}
	if !exists {
		return st, nil
	}
	if digits, ok := strings.CutPrefix(text, comment); ok {
		st.version, err = strconv.Atoi(digits)
	}
	switch {
	case err != nil || st.version < 1:
		return st, fmt.Errorf("postgresstore: there is a table %s that is not of this package, by its comment %q; set Config.Table to another name", t, text)
	case st.version > len(s):
		return st, fmt.Errorf("postgresstore: the table %s has schema %d, made by a newer version of this program, which knows up to %d; run the newer version, or set Config.Table to another name", t, st.version, len(s))
	}
	return st, nil
}

// prepare makes sure that the table is there in the newest version. Of processes that
// call it at once, one makes it and the others wait.
func (s schema) prepare(ctx context.Context, pool *pgxpool.Pool, mode pgx.QueryExecMode, t table) error {
	st, err := s.look(ctx, pool, mode, t)
	if err != nil {
		return err
	}
	if st.version < len(s) {
		err = pgx.BeginTxFunc(ctx, pool, pgx.TxOptions{IsoLevel: pgx.ReadCommitted, AccessMode: pgx.ReadWrite}, func(tx pgx.Tx) error {
			st, err = s.migrate(ctx, tx, mode, t)
			return err
		})
		if code(err) == noRight {
			return fmt.Errorf("postgresstore: the user %q may not create or change the table %s; have an administrator run\n\n%s\n%w",
				st.user, t, script(append(s.sql(t, st.version), grant(t, st.user))), err)
		}
		if err != nil {
			return err
		}
	}
	if !st.usable {
		return fmt.Errorf("postgresstore: the user %q may not use the table %s; have an administrator run\n\n%s", st.user, t, script([]string{grant(t, st.user)}))
	}
	return nil
}

// migrate runs the steps that are missing.
func (s schema) migrate(ctx context.Context, tx pgx.Tx, mode pgx.QueryExecMode, t table) (st state, err error) {
	if _, err := tx.Exec(ctx, `SELECT pg_advisory_xact_lock($1)`, mode, t.lock()); err != nil {
		return st, err
	}
	if st, err = s.look(ctx, tx, mode, t); err != nil || st.version == len(s) {
		return st, err
	}
	for _, sql := range s.sql(t, st.version) {
		if _, err := tx.Exec(ctx, sql, mode); err != nil {
			return st, err
		}
	}
	st.usable = true // its owner
	return st, nil
}

// lock is the number of the table's advisory lock.
func (t table) lock() int64 {
	h := fnv.New64a()
	_, _ = h.Write([]byte("surcoat/postgresstore " + t.String())) // never fails
	return int64(h.Sum64())
}

func grant(t table, user string) string {
	return fmt.Sprintf("GRANT SELECT, INSERT, UPDATE, DELETE ON %s TO %s", t, pgx.Identifier{user}.Sanitize())
}

// script returns statements as psql reads them.
func script(sql []string) string { return strings.Join(sql, ";\n") + ";\n" }

var errNoTarget = errors.New("postgresstore: Config.URL: empty; set it, or Config.Pool")
