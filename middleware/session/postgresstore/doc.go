// Package postgresstore keeps sessions in a table of PostgreSQL, for several processes
// that have such a database anyway.
//
//	store, err := postgresstore.Open(ctx, postgresstore.Config{URL: "postgres://app:secret@db/app"})
//	if err != nil {
//		log.Fatal(err)
//	}
//	defer store.Close()
//	sessions := &session.Manager{Store: session.NewServerStore(store)}
//
// [Open] makes the table, or brings that of an older version of the package up to date.
// Of processes that start at once one does it. A user who may not is told the SQL that an
// administrator has to run; docs/sessions-postgres.md has it, and what else there is to
// know for who runs the database. It must be PostgreSQL 12 or later, and was tested
// with 15; no extension is needed.
//
// # What holds
//
// A save is one statement that compares and swaps, and each operation one transaction:
// what was acknowledged is as durable as synchronous_commit and the replication say. A
// standby that is promoted without the last transactions has sessions as they were, also
// such as were revoked.
//
// Revoke is one statement that deletes. It ends every session that was signed in before
// it was called; a row that somebody changes at the same time is waited for and looked at
// again. Any transaction isolation that the database prescribes will do.
//
// Sessions end by the database's clock, so that all processes agree. One whose clock is
// slow by more than the Manager's IdleTimeout creates sessions that have ended already;
// Open logs a difference of ten seconds or more. Times are kept to the microsecond.
// Expired rows count as none at once and are removed some time after the end of the hour,
// by every process a batch at a time; what one removes the others skip.
//
// # When the database fails
//
// Every operation ends within Config.Timeout. Broken connections are replaced. What can be
// repeated without harm, which is all but a save, is tried a second time when its
// connection broke; a save only where it is certain that nothing was sent. After a restart
// a save may therefore fail where a load does not. Transactions that the server aborted
// because of others, by serialization or deadlock, are tried up to six times; a save that
// still fails is an ErrConflict. A full disk is [session.ErrFull]. Other errors say
// what to do where that is known, and are for the log.
//
// A context that ends, as that of a client who hangs up, ends the waiting for a connection,
// but not a statement that was sent: pgx would give up the connection with it, and the
// server might still run it. Where the server hangs, that may be so after Config.Timeout.
//
// # Prepared statements
//
// Statements are prepared under names, as pgx does by default, which nearly halves what
// they cost the server. Where these do not last, behind PgBouncer in transaction mode that does
// not follow them, the store notices, repeats the statement, logs it once, and goes on
// without names. default_query_exec_mode in Config.URL chooses that from the start:
// cache_describe, or exec. No other state of a connection is relied on.
//
// # What it does not do
//
// It caches nothing: each request that looks at its session asks the database, about a
// twentieth of a millisecond on one machine. It encrypts nothing; who reads the table
// reads what sessions hold, but can sign in as nobody. It does not choose between servers:
// name several hosts in Config.URL, with target_session_attrs=read-write. It does not
// bound the table; who lets strangers create sessions bounds the requests.
package postgresstore
