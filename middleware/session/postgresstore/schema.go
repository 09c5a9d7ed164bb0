package postgresstore

import (
	"context"
	"fmt"
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
	exists  bool
	comment string
	usable  bool // the user may read and write it
	user    string
}

// lookSQL needs no right on the table. It opens pg_class, as that is what makes the
// server's process hear of a table that another one made while it waited for the advisory
// lock.
const lookSQL = `SELECT current_user::text, coalesce(obj_description(c.oid, 'pg_class'), ''), c.oid IS NOT NULL,
coalesce(has_table_privilege(c.oid, 'SELECT') AND has_table_privilege(c.oid, 'INSERT') AND
has_table_privilege(c.oid, 'UPDATE') AND has_table_privilege(c.oid, 'DELETE'), false)
FROM (SELECT to_regclass($1)::oid) AS named (oid) LEFT JOIN pg_class AS c ON c.oid = named.oid`

func look(ctx context.Context, c conn, t table) (st state, err error) {
	return st, c.QueryRow(ctx, lookSQL, t.String()).Scan(&st.user, &st.comment, &st.exists, &st.usable)
}

// version returns that of the table, 0 when there is none. The error says that it is not
// one that s can be made of.
func (s schema) version(t table, st state) (v int, err error) {
	if !st.exists {
		return 0, nil
	}
	if digits, ok := strings.CutPrefix(st.comment, comment); ok {
		v, err = strconv.Atoi(digits)
	}
	switch {
	case err != nil || v < 1:
		return 0, fmt.Errorf("there is a table %s that is not of this package, by its comment %q; set Config.Table to another name", t, st.comment)
	case v > len(s):
		return 0, fmt.Errorf("the table %s has schema %d, made by a newer version of this program, which knows up to %d; run the newer version, or set Config.Table to another name", t, v, len(s))
	}
	return v, nil
}

// prepare makes sure that the table is there in the newest version, and that the user may
// use it. Of processes that call it at once, one makes the table and the others wait.
func (s *Store) prepare(ctx context.Context, sch schema, t table) (err error) {
	var st state
	err = s.do(ctx, "open", repeatable, func(ctx context.Context, c conn) error {
		st, err = look(ctx, c, t)
		return err
	})
	if err != nil {
		return err
	}
	v, err := sch.version(t, st)
	if err == nil && v < len(sch) {
		err = sch.migrate(ctx, s.pool, t)
		st.usable = true // its owner
	}
	switch {
	case code(err) == noRight:
		return fmt.Errorf("postgresstore: open: the user %q may not create or change the table %s; have an administrator run\n\n%s\n%w",
			st.user, t, script(append(sch.sql(t, v), grant(t, st.user))), err)
	case err != nil:
		return fmt.Errorf("postgresstore: open: %w", explained(err))
	case !st.usable:
		return fmt.Errorf("postgresstore: open: the user %q may not use the table %s; have an administrator run\n\n%s",
			st.user, t, script([]string{grant(t, st.user)}))
	}
	return nil
}

// migrate runs the steps that are missing, in one transaction that only ctx bounds: to make
// an index of a large table takes its time.
func (s schema) migrate(ctx context.Context, pool *pgxpool.Pool, t table) error {
	options := pgx.TxOptions{IsoLevel: pgx.ReadCommitted, AccessMode: pgx.ReadWrite}
	return pgx.BeginTxFunc(ctx, pool, options, func(tx pgx.Tx) error {
		c := conn{tx.Conn(), pgx.QueryExecModeExec} // what runs once needs no preparation
		if tx.Conn().Config().DefaultQueryExecMode == pgx.QueryExecModeSimpleProtocol {
			c.mode = pgx.QueryExecModeSimpleProtocol
		}
		if _, err := c.Exec(ctx, `SELECT pg_advisory_xact_lock($1)`, t.lock()); err != nil {
			return err
		}
		st, err := look(ctx, c, t)
		if err != nil {
			return err
		}
		v, err := s.version(t, st)
		if err != nil || v == len(s) {
			return err
		}
		for _, sql := range s.sql(t, v) {
			if _, err := c.Exec(ctx, sql); err != nil {
				return err
			}
		}
		return nil
	})
}

func grant(t table, user string) string {
	return fmt.Sprintf("GRANT SELECT, INSERT, UPDATE, DELETE ON %s TO %s", t, pgx.Identifier{user}.Sanitize())
}

// script returns statements as psql reads them.
func script(sql []string) string { return strings.Join(sql, ";\n") + ";\n" }
