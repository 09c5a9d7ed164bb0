package postgresstore_test

import (
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/surcoat/surcoat/internal/testserver"
	"github.com/surcoat/surcoat/middleware/session"
	"github.com/surcoat/surcoat/middleware/session/postgresstore"
)

const password = "hunter2hunter2"

// An error of Open says what to do, and shows no password.
func TestOpenErrors(t *testing.T) {
	srv := testserver.Postgres(t)
	run(t, srv, `CREATE ROLE app LOGIN PASSWORD 'another'; ALTER ROLE postgres PASSWORD '`+password+`'`)
	if err := os.WriteFile(filepath.Join(srv.Dir, "data", "pg_hba.conf"),
		[]byte("local all all trust\nhost all app 127.0.0.1/32 scram-sha-256\nhost all nobody 127.0.0.1/32 reject\nhost all all 127.0.0.1/32 trust\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	run(t, srv, `SELECT pg_reload_conf()`)
	at := func(user, rest string) string { return "postgres://" + user + ":" + password + "@" + rest }
	closed := testserver.Nowhere(t)
	pool := newPool(t, srv.URL())
	for _, test := range []struct {
		name  string
		c     postgresstore.Config
		parts []string
	}{
		{"nothing", postgresstore.Config{}, []string{"Config.URL", "Config.Pool"}},
		{"both", postgresstore.Config{URL: srv.URL(), Pool: pool}, []string{"Config.URL", "Config.Pool"}},
		{"negative time", postgresstore.Config{Pool: pool, Timeout: -1}, []string{"Config.Timeout"}},
		{"negative batch", postgresstore.Config{Pool: pool, ExpireBatch: -1}, []string{"Config.ExpireBatch"}},
		{"wrong password", postgresstore.Config{URL: at("app", srv.Addr+"/postgres")}, []string{"Config.URL", "password", `user "app"`}},
		{"unknown user", postgresstore.Config{URL: at("who", srv.Addr+"/postgres")}, []string{"Config.URL", "user", `"who"`}},
		{"not in pg_hba.conf", postgresstore.Config{URL: at("nobody", srv.Addr+"/postgres")}, []string{"pg_hba.conf", `"nobody"`}},
		{"unknown database", postgresstore.Config{URL: at("postgres", srv.Addr+"/shop")}, []string{"create it", `"shop"`}},
		{"no server", postgresstore.Config{URL: at("postgres", closed+"/postgres")}, []string{"server runs", "host and port", closed}},
		{"no server, keywords", postgresstore.Config{URL: "host=127.0.0.1 port=1 user=u password=" + password}, []string{"server runs", "host and port"}},
		{"no such host", postgresstore.Config{URL: at("postgres", "nowhere.invalid/postgres")}, []string{"host and port", "nowhere.invalid"}},
		{"no socket", postgresstore.Config{URL: "host=/nowhere user=u password=" + password}, []string{"host and port", "/nowhere"}},
		{"TLS that the server has not", postgresstore.Config{URL: at("postgres", srv.Addr+"/postgres?sslmode=require")}, []string{"TLS"}},
		{"unknown parameter", postgresstore.Config{URL: at("postgres", srv.Addr+"/postgres?colour=red")}, []string{"colour"}},
		{"bad mode", postgresstore.Config{URL: at("postgres", srv.Addr+"/postgres?default_query_exec_mode=x")}, []string{"Config.URL", "default_query_exec_mode"}},
		{"bad number", postgresstore.Config{URL: at("postgres", srv.Addr+"/postgres?pool_max_conns=many")}, []string{"Config.URL", "pool_max_conns"}},
		{"bad sslmode", postgresstore.Config{URL: at("postgres", srv.Addr+"/postgres?sslmode=x")}, []string{"Config.URL", "sslmode"}},
		{"no file", postgresstore.Config{URL: at("postgres", srv.Addr+"/postgres?sslmode=verify-full&sslrootcert=/nowhere")}, []string{"Config.URL", "/nowhere"}},
		{"slash in the password", postgresstore.Config{URL: "postgres://u:12/" + password + "@h/db"}, []string{"Config.URL", "special characters"}},
		{"another @", postgresstore.Config{URL: "postgres://u:@" + password + "@h/db"}, []string{"Config.URL", "special characters"}},
		{"question mark", postgresstore.Config{URL: "postgres://u:12?" + password + "@h/db"}, []string{"Config.URL", "special characters"}},
		{"percent", postgresstore.Config{URL: "postgres://u:%zz" + password + "@h/db"}, []string{"Config.URL", "special characters"}},
		{"open quote", postgresstore.Config{URL: "host=h password='" + password}, []string{"Config.URL", "host="}},
		{"space", postgresstore.Config{URL: "host=h password=a " + password}, []string{"Config.URL", "host="}},
		{"another scheme", postgresstore.Config{URL: "mysql://u:" + password + "@h/db"}, []string{"Config.URL", "postgres://"}},
	} {
		t.Run(test.name, func(t *testing.T) {
			s, err := postgresstore.Open(t.Context(), test.c)
			if err == nil {
				s.Close()
			}
			wantText(t, "open", err, append(test.parts, "postgresstore: ")...)
			for e := err; e != nil; e = errors.Unwrap(e) {
				if strings.Contains(e.Error(), password) || strings.Contains(fmt.Sprintf("%+v", e), password) {
					t.Errorf("the password is shown: %v", e)
				}
			}
			t.Log(err)
		})
	}
}

// Whatever stands where the password should, an error does not show it, and what can be
// read has it nowhere else.
func FuzzPassword(f *testing.F) {
	for _, p := range []string{"", "/", "?", "#", "%", "@", ":", "[", "`: ", "\x00", " ", "'", `\`, "=", "&", "ü"} {
		f.Add(p, p)
	}
	f.Fuzz(func(t *testing.T, a, b string) {
		const mark = "Qx7Qx7Qx7"
		for _, url := range []string{
			"postgres://ada:" + a + mark + b + "@db.invalid:5432/shop", "host=db.invalid user=ada password=" + a + mark + b, "host=db.invalid password='" + a + mark + b + "' user=ada",
		} {
			c, err := postgresstore.ParseURL(url)
			if err != nil {
				if strings.Contains(err.Error(), mark) {
					t.Errorf("%q: %v", url, err)
				}
				continue
			}
			d := c.ConnConfig
			if elsewhere := fmt.Sprint(d.Host, d.User, d.Database, d.RuntimeParams); strings.Contains(elsewhere, mark) && strings.HasPrefix(url, "postgres:") {
				t.Errorf("%q: %s", url, elsewhere)
			}
		}
	})
}

// A server that does not answer is given up after the Timeout.
func TestOpenTimeout(t *testing.T) {
	deaf, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer deaf.Close()
	began := time.Now()
	_, err = postgresstore.Open(t.Context(), postgresstore.Config{URL: "postgres://u:" + password + "@" + deaf.Addr().String() + "/db?connect_timeout=3600", Timeout: 200 * time.Millisecond})
	wantText(t, "open", err, "Config.Timeout", "200ms")
	if took := time.Since(began); took > 20*time.Second {
		t.Errorf("took %v", took)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	_, err = postgresstore.Open(ctx, postgresstore.Config{URL: "postgres://u:" + password + "@" + deaf.Addr().String() + "/db", Timeout: time.Hour})
	wantErr(t, "open with a deadline", err, context.DeadlineExceeded)
}

// What the server reports becomes what callers branch on, or says what to do. A trigger
// reports in the place of a full disk or of a transaction that another one stood in the
// way of.
func TestServerErrors(t *testing.T) {
	srv := newDatabase(t)
	s := open(t, postgresstore.Config{URL: srv.URL()})
	ctx := t.Context()
	r := record("ada", "x")
	r.Version, _ = s.Save(ctx, id(1), r)
	for _, test := range []struct {
		code   string
		times  int // that the server reports it; 0: each time
		create error
		update error
		text   string
	}{
		{"53100", 0, session.ErrFull, session.ErrFull, "disk of the database is full"},
		{"40001", 3, nil, nil, ""},
		{"40P01", 3, nil, nil, ""},
		{"40001", 0, errOther, session.ErrConflict, "40001"},
		{"40P01", 0, errOther, session.ErrConflict, "40P01"},
		{"53300", 0, errOther, errOther, "pool_max_conns"},
		{"25006", 0, errOther, errOther, "target_session_attrs=read-write"},
		{"42501", 0, errOther, errOther, "grant"},
		{"57P03", 0, errOther, errOther, "starts or stops"},
		{"XX001", 0, errOther, errOther, "XX001"},
	} {
		t.Run(fmt.Sprint(test.code, " ", test.times), func(t *testing.T) {
			run(t, srv, fmt.Sprintf(`CREATE SEQUENCE tries; CREATE FUNCTION fail() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN IF %d = 0 OR nextval('tries') <= %[1]d THEN RAISE EXCEPTION 'made up' USING ERRCODE = '%s'; END IF; RETURN NEW; END $$;
CREATE TRIGGER fail BEFORE INSERT OR UPDATE ON surcoat_sessions FOR EACH ROW EXECUTE FUNCTION fail()`, test.times, test.code))
			defer run(t, srv, `DROP TRIGGER fail ON surcoat_sessions; DROP FUNCTION fail; DROP SEQUENCE tries`)
			check := func(what string, err, want error) {
				t.Helper()
				if want == nil {
					wantErr(t, what, err, nil)
					return
				}
				wantText(t, what, err, "postgresstore: save: ", test.text)
				for _, known := range []error{session.ErrFull, session.ErrConflict, session.ErrGone} {
					if errors.Is(err, known) != (want == known) {
						t.Errorf("%s: %v, want %v", what, err, want)
					}
				}
			}
			_, err := s.Save(ctx, newID(), record("", "x"))
			check("create", err, test.create)
			if test.times > 0 {
				run(t, srv, `ALTER SEQUENCE tries RESTART`)
			}
			version, err := s.Save(ctx, id(1), r)
			check("update", err, test.update)
			if err == nil {
				want(t, "version", version, r.Version+1)
				r.Version = version
			}
		})
	}
	run(t, srv, `DROP TABLE surcoat_sessions`)
	_, err := s.Load(ctx, id(1))
	wantText(t, "without a table", err, "open the store again")
}

var errOther = errors.New("another error")

// Connections that the server does not give, or that are all in use, are named as the
// reason.
func TestTooManyConnections(t *testing.T) {
	srv := testserver.Postgres(t, "max_connections=6", "superuser_reserved_connections=0")
	s := open(t, postgresstore.Config{URL: srv.URL() + "&pool_max_conns=1", Timeout: time.Second, ExpireEvery: -1})
	var held []interface{ Close(context.Context) error }
	for range 5 {
		held = append(held, connect(t, srv))
	}
	_, err := postgresstore.Open(t.Context(), postgresstore.Config{URL: srv.URL()})
	wantText(t, "open", err, "max_connections", "pool_max_conns")
	wantErr(t, "close", held[0].Close(t.Context()), nil)

	var c *pgx.Conn
	eventually(t, "a connection", func() bool { c, err = pgx.Connect(t.Context(), srv.URL()); return err == nil })
	defer c.Close(t.Context())
	_, _ = s.Save(t.Context(), id(1), record("", "x"))
	if _, err := c.Exec(t.Context(), `BEGIN; UPDATE surcoat_sessions SET version = version`); err != nil {
		t.Fatal(err)
	}
	done := make(chan error)
	go func() { done <- s.Touch(t.Context(), id(1), time.Now()) }()
	eventually(t, "the wait", func() bool {
		var n int
		_ = c.QueryRow(t.Context(), `SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock'`).Scan(&n)
		return n == 1
	})
	ctx, cancel := context.WithTimeout(t.Context(), 100*time.Millisecond)
	defer cancel()
	_, err = s.Load(ctx, id(1))
	wantText(t, "load", err, "all 1 connections in use", "pool_max_conns")
	err = <-done
	wantErr(t, "touch of a locked row", err, context.DeadlineExceeded)
	_, _ = c.Exec(t.Context(), `ROLLBACK`)
}
