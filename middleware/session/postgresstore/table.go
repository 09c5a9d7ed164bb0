package postgresstore

import (
	"fmt"
	"hash/fnv"
	"strings"

	"github.com/jackc/pgx/v5"
)

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

// lock is the number of the table's advisory lock.
func (t table) lock() int64 {
	h := fnv.New64a()
	_, _ = h.Write([]byte("surcoat/postgresstore " + t.String())) // never fails
	return int64(h.Sum64())
}
