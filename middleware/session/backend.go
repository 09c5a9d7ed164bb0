package session

import (
	"context"
	"iter"
	"time"
)

// ID is the name of a session in a [Backend]: a hash of its public name.
type ID [32]byte

// Record is what a [Backend] keeps of a session.
type Record struct {
	// Version counts the saves. Save takes the version that the change is based on:
	// 0 for a session that must not exist yet.
	Version uint64

	// Subject is whom the session signs in, for lists by user; "" for nobody. A
	// bounded backend that is full drops sessions without a subject, never others.
	Subject string

	// Expires is when the session ends. From then on the backend answers ErrGone,
	// and may forget it.
	Expires time.Time

	// Data means nothing to a backend. It holds hashes of secrets, never secrets:
	// who reads the store can sign in as nobody. It is a string so that a backend in
	// memory can share it with whoever loads it.
	Data string
}

// Backend keeps sessions on the server for [NewServerStore]. It is safe for
// concurrent use, and gives up by itself within a bounded time when what it stands
// on does not answer: the package adds no timeout of its own. When ctx ends first, the
// error is ctx's or the backend's own, never one of this package's. Package storetest
// tells whether a Backend keeps all of this.
type Backend interface {
	// Load returns the record, or an error that is ErrGone when there is none.
	Load(ctx context.Context, id ID) (Record, error)

	// Save stores r if the stored version is still r.Version, and returns the new
	// version. In one step: it must not be possible that two saves with the same
	// version both succeed. The error is ErrConflict when the version moved, or when
	// r.Version is 0 and a record exists; ErrGone when r.Version is not 0 and there is
	// no record (Save never brings one back); ErrFull when there is no room.
	Save(ctx context.Context, id ID, r Record) (version uint64, err error)

	// Touch moves the end of a session and leaves its version. It never creates a
	// record: the error is then ErrGone.
	Touch(ctx context.Context, id ID, expires time.Time) error

	// Delete removes a record. That there is none is no error.
	Delete(ctx context.Context, id ID) error
}

// Lister is a [Backend] that finds the sessions of a subject.
type Lister interface {
	// List yields the records that sign subject in and have not expired, in no certain
	// order; for "" none. An error is yielded last. Records saved while it runs may be
	// missing. It holds no lock and no connection while it yields.
	List(ctx context.Context, subject string) iter.Seq2[Record, error]
}

// Revoker is a [Backend] that ends all sessions of a subject in one step.
type Revoker interface {
	// Revoke ends the sessions that sign subject in, but for those in except. Once it
	// has returned nil, Load, Save and Touch answer ErrGone for each of them, whether or
	// not its record was removed yet; a session that is signed in later is not concerned.
	// One that has ended before does not come back by being in except. After an error it
	// is not known whether they ended; to call it again is safe. "" ends nothing.
	Revoke(ctx context.Context, subject string, except ...ID) error
}
