package postgresstore

import "context"

// OpenNext is Open of a later version of this package, whose schema has more steps.
func OpenNext(ctx context.Context, c Config, steps ...[]string) (*Store, error) {
	return open(ctx, c, append(current[:len(current):len(current)], steps...))
}

// Script returns the SQL that makes the table of that name, whose name is good.
func Script(name string) string {
	t, err := parseTable(name)
	if err != nil {
		panic(err)
	}
	return script(current.sql(t, 0))
}

// Statements returns the SQL of a table by what it does.
func Statements(table string) map[string]string {
	s := newStatements(table)
	return map[string]string{
		"load": s.load, "create": s.create, "update": s.update, "touch": s.touch,
		"delete": s.delete, "revoke": s.revoke, "list": s.list, "expire": s.expire,
	}
}

var (
	ParseURL   = parseURL
	ParseTable = parseTable
)
