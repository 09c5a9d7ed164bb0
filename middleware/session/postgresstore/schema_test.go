package postgresstore_test

import (
	"os"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/surcoat/surcoat/internal/testserver"
	"github.com/surcoat/surcoat/middleware/session/postgresstore"
)

// Of ten processes that start at once one makes the table.
func TestOpenAtOnce(t *testing.T) {
	srv := newDatabase(t)
	for _, isolation := range []string{"read committed", "serializable"} {
		isolate(t, srv, isolation)
		c := postgresstore.Config{URL: srv.URL() + "&pool_max_conns=2", Table: newTable(), Timeout: 20 * time.Second}
		openTen(t, func() (*postgresstore.Store, error) { return postgresstore.Open(t.Context(), c) })
		openTen(t, func() (*postgresstore.Store, error) {
			return postgresstore.OpenNext(t.Context(), c, []string{`ALTER TABLE {table} ADD COLUMN once int`})
		})
	}
}

func openTen(t *testing.T, open func() (*postgresstore.Store, error)) {
	t.Helper()
	var all sync.WaitGroup
	for range 10 {
		all.Go(func() {
			s, err := open()
			if err != nil {
				t.Error(err)
				return
			}
			defer s.Close()
			_, err = s.Save(t.Context(), newID(), record("", "x"))
			wantErr(t, "save", err, nil)
		})
	}
	all.Wait()
}

// A newer version of the package brings the table up to date and keeps the sessions; the
// older one goes on where it runs, and refuses to start.
func TestMigration(t *testing.T) {
	srv := newDatabase(t)
	old := open(t, postgresstore.Config{URL: srv.URL()})
	ctx := t.Context()
	r := record("ada", "old")
	r.Version, _ = old.Save(ctx, id(1), r)

	next, err := postgresstore.OpenNext(ctx, postgresstore.Config{URL: srv.URL()},
		[]string{`ALTER TABLE {table} ADD COLUMN device text NOT NULL DEFAULT 'none'`, `CREATE INDEX ON {table} (device)`},
		[]string{`UPDATE {table} SET device = 'some'`})
	if err != nil {
		t.Fatal(err)
	}
	defer next.Close()
	got, err := next.Load(ctx, id(1))
	wantErr(t, "load", err, nil)
	want(t, "data", got.Data, "old")
	var device, comment string
	query(t, srv, `SELECT device, obj_description('surcoat_sessions'::regclass, 'pg_class') FROM surcoat_sessions`, &device, &comment)
	want(t, "device", device, "some")
	want(t, "comment", comment, "surcoat session store, schema 3")

	_, err = old.Save(ctx, id(1), r)
	wantErr(t, "save of the old program", err, nil)
	_, err = postgresstore.Open(ctx, postgresstore.Config{URL: srv.URL()})
	wantText(t, "the old program starts", err, "Config.Table", "schema 3", "newer", "knows up to 1")

	again, err := postgresstore.OpenNext(ctx, postgresstore.Config{URL: srv.URL()}, []string{"is not run"}, []string{"nor is this"})
	wantErr(t, "the new program again", err, nil)
	again.Close()
}

// A step that fails leaves the table as it was.
func TestMigrationFails(t *testing.T) {
	srv := newDatabase(t)
	s := open(t, postgresstore.Config{URL: srv.URL()})
	_, err := postgresstore.OpenNext(t.Context(), postgresstore.Config{URL: srv.URL()},
		[]string{`ALTER TABLE {table} DROP COLUMN data`, `SELECT 1/0`})
	wantText(t, "migration", err, "postgresstore: ", "division by zero")
	_, err = s.Save(t.Context(), id(1), record("", "x"))
	wantErr(t, "save", err, nil)
	_, err = postgresstore.Open(t.Context(), postgresstore.Config{URL: srv.URL()})
	wantErr(t, "open", err, nil)
}

// A table of somebody else's is not touched.
func TestOthersTable(t *testing.T) {
	srv := newDatabase(t)
	run(t, srv, `CREATE TABLE surcoat_sessions (mine int); COMMENT ON TABLE surcoat_sessions IS 'surcoat session store, schema of mine'`)
	_, err := postgresstore.Open(t.Context(), postgresstore.Config{URL: srv.URL()})
	wantText(t, "open", err, "Config.Table", `"surcoat_sessions"`, "of mine")
}

func TestTable(t *testing.T) {
	srv := newDatabase(t)
	run(t, srv, `CREATE SCHEMA app; CREATE SCHEMA "User"`)
	fifty := strings.Repeat("t", 50)
	for name, made := range map[string]string{
		"plain":             "plain",
		"app.sessions":      "app.sessions",
		"User.Select":       `"User"."Select"`,
		"app." + fifty:      "app." + fifty,
		"x; DROP TABLE y":   "",
		`a"b`:               "",
		"a'b":               "",
		"a b":               "",
		"app.sessions.more": "",
		".sessions":         "",
		"app.":              "",
		"1st":               "",
		"a\x00":             "",
		"ä":                 "",
		fifty + "t":         "",
	} {
		s, err := postgresstore.Open(t.Context(), postgresstore.Config{URL: srv.URL(), Table: name})
		if made == "" {
			wantText(t, name, err, "postgresstore: Config.Table: ")
			continue
		}
		wantErr(t, name, err, nil)
		s.Close()
		var n int
		query(t, srv, `SELECT count(*) FROM `+made, &n)
	}
	_, err := postgresstore.Open(t.Context(), postgresstore.Config{URL: srv.URL(), Table: "nowhere.sessions"})
	wantText(t, "unknown schema", err, "Config.Table", "nowhere")
}

func FuzzTable(f *testing.F) {
	for _, name := range []string{"sessions", "app.sessions", `a".b`, "a.b.c", "\x00", "ſ"} {
		f.Add(name)
	}
	f.Fuzz(func(t *testing.T, name string) {
		table, err := postgresstore.ParseTable(name)
		if err != nil {
			return
		}
		if bare := strings.ReplaceAll(table.String(), `"`, ""); bare != name || strings.ContainsAny(bare, "\"'\\; \x00") {
			t.Errorf("%q became %s", name, table)
		}
	})
}

// Without the right to create the table the error has the SQL; with the table there,
// and the rights that it grants, the user needs no others.
func TestUserWithoutRights(t *testing.T) {
	srv := testserver.Postgres(t)
	run(t, srv, `CREATE ROLE app LOGIN; CREATE SCHEMA web; GRANT USAGE ON SCHEMA web TO app`)
	c := postgresstore.Config{URL: strings.Replace(srv.URL(), "postgres@", "app@", 1)}
	for _, table := range []string{"surcoat_sessions", "web.sessions"} {
		c.Table = table
		_, err := postgresstore.Open(t.Context(), c)
		wantText(t, "no table", err, `user "app"`, "administrator", postgresstore.Script(table), "GRANT", `TO "app"`)
		if err == nil {
			continue
		}
		parts := strings.Split(err.Error(), "\n\n")
		sql := parts[1][:strings.LastIndex(parts[1], ";")]
		grant := sql[strings.LastIndex(sql, "GRANT"):]
		run(t, srv, strings.TrimSuffix(sql, grant))

		_, err = postgresstore.Open(t.Context(), c)
		wantText(t, "no right to use it", err, `user "app"`, "administrator", grant)
		run(t, srv, grant)

		s := open(t, c)
		_, err = s.Save(t.Context(), id(1), record("ada", "x"))
		wantErr(t, "save", err, nil)
		want(t, "listed", listed(t, s, "ada"), 1)
		wantErr(t, "revoke", s.Revoke(t.Context(), "ada"), nil)

		_, err = postgresstore.OpenNext(t.Context(), c, []string{`ALTER TABLE {table} ADD COLUMN device text`})
		wantText(t, "no right to migrate", err, `user "app"`, "administrator", "ADD COLUMN device", "schema 2")
		if strings.Contains(err.Error(), "CREATE TABLE") {
			t.Error("what is there already is to be made again")
		}
	}
}

// What administrators are told to run is what Open runs.
func TestDocumentedSQL(t *testing.T) {
	text, err := os.ReadFile("../../../docs/sessions-postgres.md")
	if err != nil {
		t.Fatal(err)
	}
	if sql := postgresstore.Script("surcoat_sessions"); !strings.Contains(string(text), sql) {
		t.Errorf("docs/sessions-postgres.md does not have\n%s", sql)
	}
}

// Every statement finds its rows through an index.
func TestPlans(t *testing.T) {
	srv := newDatabase(t)
	open(t, postgresstore.Config{URL: srv.URL(), ExpireEvery: -1})
	run(t, srv, `INSERT INTO surcoat_sessions (id, version, subject, expires, data)
SELECT sha256(n::text::bytea), 1, CASE WHEN n % 2 = 0 THEN ''::bytea ELSE ('user' || n / 4)::bytea END,
now() + n % 100 * interval '1 minute' - interval '5 minutes', sha256(n::text::bytea) FROM generate_series(1, 20000) AS n`)
	run(t, srv, `ANALYZE surcoat_sessions`)
	c := connect(t, srv)
	arguments := map[string]string{
		"load": "''", "create": "'', '', now(), ''", "update": "'', 1, '', now(), ''", "touch": "'', now()",
		"delete": "''", "revoke": "'', '{}'", "list": "'', '', 1", "expire": "1",
	}
	for name, sql := range postgresstore.Statements("surcoat_sessions") {
		for _, plan := range []string{"custom", "generic"} {
			if _, err := c.Exec(t.Context(), `DEALLOCATE ALL; SET plan_cache_mode = force_`+plan+`_plan; PREPARE s AS `+sql, pgx.QueryExecModeSimpleProtocol); err != nil {
				t.Fatal(err)
			}
			rows, err := c.Query(t.Context(), `EXPLAIN EXECUTE s (`+arguments[name]+`)`, pgx.QueryExecModeSimpleProtocol)
			if err != nil {
				t.Fatal(err)
			}
			lines, err := pgx.CollectRows(rows, pgx.RowTo[string])
			wantErr(t, name, err, nil)
			if all := strings.Join(lines, "\n"); strings.Contains(all, "Seq Scan") || name != "create" && !strings.Contains(all, "surcoat_sessions_") {
				t.Errorf("%s, %s plan:\n%s", name, plan, all)
			}
		}
	}
}

// wantText checks an error's text.
func wantText(t *testing.T, what string, err error, parts ...string) {
	t.Helper()
	if err == nil {
		t.Errorf("%s: no error", what)
		return
	}
	for _, part := range parts {
		if !strings.Contains(err.Error(), part) {
			t.Errorf("%s: %q does not have %q", what, err, part)
		}
	}
}
