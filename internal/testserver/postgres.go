package testserver

import (
	"fmt"
	"os/exec"
	"path/filepath"
	"testing"
)

// PostgresServer is one Postgres with an empty database and a superuser without a
// password, both named postgres.
type PostgresServer struct {
	*process

	// Addr is where it listens, as host:port.
	Addr string

	// Dir is the folder of all that it writes, and of its Unix socket.
	Dir string
}

// Postgres starts a Postgres. It does not wait for the disk unless settings, which are
// added to its command line, say so:
//
//	testserver.Postgres(t, "fsync=on", "max_connections=20")
//
// Run as root, it becomes the user postgres.
func Postgres(tb testing.TB, settings ...string) *PostgresServer {
	tb.Helper()
	bin := postgresPrograms(tb)
	own, err := serverAccount()
	if err != nil {
		missing(tb, "postgres", "postgresql ("+err.Error()+")")
	}
	dir, port := folder(tb, "pg"), freePort(tb)
	if err := chown(dir, own); err != nil {
		tb.Fatal(err)
	}
	data := filepath.Join(dir, "data")
	initdb := exec.Command(filepath.Join(bin, "initdb"), "-D", data, "-U", "postgres", "-A", "trust",
		"-E", "UTF8", "--locale=C", "--no-sync", "--no-instructions")
	initdb.Dir, initdb.SysProcAttr = dir, attributes(own)
	if out, err := initdb.CombinedOutput(); err != nil {
		tb.Fatalf("testserver: initdb: %v\n%s", err, out)
	}
	s := &PostgresServer{Addr: fmt.Sprintf("127.0.0.1:%d", port), Dir: dir}
	command := []string{
		filepath.Join(bin, "postgres"), "-D", data, "-p", fmt.Sprint(port), "-k", dir,
		"-c", "listen_addresses=127.0.0.1", "-c", "fsync=off", "-c", "shared_buffers=32MB",
	}
	for _, setting := range settings {
		command = append(command, "-c", setting)
	}
	s.process = &process{
		tb: tb, name: "postgres on " + s.Addr, dir: dir, own: own, command: command,
		asked: interrupt, // "fast": it does not wait until its clients have gone
		answers: func() error {
			return exec.Command(filepath.Join(bin, "pg_isready"), "-q", "-h", dir, "-p", fmt.Sprint(port)).Run()
		},
	}
	s.launch()
	return s
}

// URL returns postgres://user@host:port/database.
func (s *PostgresServer) URL() string {
	return fmt.Sprintf("postgres://postgres@%s/postgres?sslmode=disable", s.Addr)
}

// postgresPrograms returns the folder of initdb, which Debian keeps off the path.
func postgresPrograms(tb testing.TB) string {
	tb.Helper()
	// Of several versions the last of the names will do.
	if found, _ := filepath.Glob("/usr/lib/postgresql/*/bin/initdb"); len(found) > 0 {
		return filepath.Dir(found[len(found)-1])
	}
	path, err := exec.LookPath("initdb")
	if err == nil {
		path, err = filepath.EvalSymlinks(path)
	}
	if err != nil {
		missing(tb, "postgres", "postgresql")
	}
	return filepath.Dir(path)
}
