package postgresstore

import (
	"errors"
	"fmt"

	"github.com/jackc/pgx/v5/pgconn"
	"github.com/surcoat/surcoat/middleware/session"
)

// Codes of errors: PostgreSQL documentation, appendix A.
const (
	serializationFailure = "40001"
	deadlockDetected     = "40P01"
	diskFull             = "53100"
	tooManyConnections   = "53300"
	wrongPassword        = "28P01"
	notAuthorized        = "28000"
	unknownDatabase      = "3D000"
	unknownSchema        = "3F000"
	unknownTable         = "42P01"
	noRight              = "42501"
	readOnly             = "25006"
	notAccepting         = "57P03"
	shutDown             = "57P01"
	unknownStatement     = "26000"
	knownStatement       = "42P05"
)

// code returns the code of the error that the server sent, "" if it sent none.
func code(err error) string {
	var sent *pgconn.PgError
	if errors.As(err, &sent) {
		return sent.Code
	}
	return ""
}

// explained returns err with what to do about it, where that is known.
func explained(err error) error {
	if code(err) == diskFull {
		return fmt.Errorf("%w: the disk of the database is full: %w", session.ErrFull, err)
	}
	if why := advice(err); why != "" {
		return fmt.Errorf("%s: %w", why, err)
	}
	return err
}

// advice says what to do about err, "" where err says it. Errors of pgx about
// connections name the user, the database and the address, never the password.
func advice(err error) string {
	switch code(err) {
	case wrongPassword, notAuthorized:
		return "the server refuses the login; correct user and password in Config.URL, or allow the user in the server's pg_hba.conf"
	case unknownDatabase:
		return "the database does not exist; create it, or correct its name in Config.URL"
	case unknownSchema:
		return "the schema of Config.Table does not exist; create it, or correct the name"
	case unknownTable:
		return "the table is gone; open the store again to create it"
	case noRight:
		return "the user lacks a right; grant SELECT, INSERT, UPDATE and DELETE on the table"
	case readOnly:
		return "the server is a standby; add target_session_attrs=read-write to Config.URL"
	case tooManyConnections:
		return "the server has no connection left; lower pool_max_conns in Config.URL, or raise the server's max_connections"
	case notAccepting, shutDown:
		return "the server starts or stops"
	case "":
		var failed *pgconn.ConnectError
		if errors.As(err, &failed) {
			return "no connection; see that the server runs, that Config.URL has its host and port, and that sslmode fits"
		}
	}
	return ""
}
