package session

import (
	"context"
	"iter"
	"net/http"
	"strings"
	"time"

	"github.com/gorilla/sessions"
)

// driver moves sessions between requests and one kind of store. There are three:
// for the cookie store, for server-side stores, and for any other store of
// gorilla/sessions. The methods are called with the Session locked.
type driver interface {
	// load finds the session that r's cookies name and puts it into st. Where there
	// is none, because no cookie names one that is valid, st stays as it is and an
	// event says why; an error means that the store could not tell.
	load(ctx context.Context, r *http.Request, st *state) error

	// save brings the changes in st to the store now, as far as it has to do with it.
	save(ctx context.Context, r *http.Request, st *state) error

	// commit saves and, if it is time, extends the session; it returns the value that
	// the client's cookie must get, "" for none. The header is about to leave; a client
	// that has left itself does not undo what its request did, so ctx's end is ignored.
	commit(ctx context.Context, r *http.Request, st *state) (cookie string, err error)

	// renew signs subject in: no token from before is good for the session any more.
	renew(ctx context.Context, r *http.Request, st *state, subject string) error

	// destroy ends the session that st holds.
	destroy(ctx context.Context, r *http.Request, st *state) error

	// list yields the sessions that sign user in.
	list(ctx context.Context, user string) iter.Seq2[Info, error]

	// revoke ends the session called id.
	revoke(ctx context.Context, id publicID) error

	// revokeUser ends the sessions that sign user in, but those in except.
	revokeUser(ctx context.Context, user string, except []publicID) error

	// revokeBefore ends all sessions that began, or were last renewed, before t.
	revokeBefore(ctx context.Context, t time.Time) error

	// can says what the store is able to do.
	can() Capability
}

// state is a loaded session in a request.
type state struct {
	content // with this request's changes made

	exists   bool // the store has it, and the client a token of it
	asked    bool // the request carries a cookie of our name
	drop     bool // that cookie must go: the session that it names was destroyed here
	fresh    bool // the client must get a token, or a newer one
	released bool // this request itself revoked all sessions of a user
	ops      []op // changes that are not stored yet

	// Of a server-side store.
	proof
	secret  secret // the one that is valid; zero when the client's is to be replaced
	version uint64
	expires time.Time

	// Of the others.
	seen    int64             // Unix time of the last use that was recorded
	gorilla *sessions.Session // of a gorilla/sessions store
	token   string            // by which that store knows it; "" for none yet
	cookie  string            // what that store wants the client's cookie to be

	buf [4]entry // most sessions need no more
}

// begin gives a session that does not exist yet its name.
func (st *state) begin(now time.Time) {
	if st.id == (publicID{}) {
		st.id, st.created = newID(), now.Unix()
	}
}

// worth reports whether a session that does not exist yet holds anything to keep.
func (st *state) worth() bool {
	if len(st.values) == 1 && st.values[0].name == optionsName {
		return st.subject != ""
	}
	return len(st.values) > 0 || st.subject != ""
}

// reset leaves no session. The cookie stays with the client, unreadable as it may be: a
// parallel response may have given it another by now, which a deletion would remove.
func (st *state) reset() { *st = state{asked: st.asked} }

// accept makes the session in st one that exists, and reports that it did, unless by the
// times it carries it has ended, or it was revoked: then it is refused. The error says
// that this could not be found out.
func (c *core) accept(ctx context.Context, st *state, now time.Time) (bool, error) {
	if l := c.limitsOf(st); l.expired(st.created, st.seen, now) {
		c.refuse(ctx, st, EventExpired)
		return false, nil
	}
	return c.admit(ctx, st, &st.content)
}

// admit is accept for a session that has not expired, if as, by which it is known to the
// list, was not revoked.
func (c *core) admit(ctx context.Context, st *state, as *content) (bool, error) {
	revoked, err := c.revoked.has(ctx, as)
	switch {
	case err != nil:
		return false, err
	case revoked:
		c.refuse(ctx, st, EventRevoked)
		return false, nil
	}
	st.exists = true
	return true, nil
}

// refuse leaves no session in st, in place of one that was found and does not count,
// and reports why.
func (c *core) refuse(ctx context.Context, st *state, kind EventKind) {
	e := st.event(kind, nil)
	st.reset()
	c.events(ctx, e)
}

// event returns an event of the session in st.
func (st *state) event(kind EventKind, err error) Event {
	e := Event{Kind: kind, Subject: st.subject, Err: err}
	if st.id != (publicID{}) {
		e.Handle = st.id.String()
	}
	return e
}

// Capability is something that not every store can do; see [Manager.Require].
type Capability uint8

const (
	// Merge: of changes that several requests make at once, none is lost, and none
	// brings a destroyed session back.
	Merge Capability = 1 << iota

	// Revoke: a destroyed session is refused at once, whatever cookie is replayed. On
	// stores without a Backend it holds as far as [Manager.Revocations] reaches: by
	// default within one process and until that ends.
	Revoke

	// RevokeUser: [Manager.RevokeUser] ends all sessions of a user at once, as far as
	// Revoke reaches.
	RevokeUser

	// List: [Manager.List] finds the sessions of a user.
	List
)

// String names what c asks for.
func (c Capability) String() string {
	var all []string
	for i, what := range [...]string{
		"merge the changes of parallel requests", "refuse a destroyed session",
		"end all sessions of a user", "list the sessions of a user",
	} {
		if c&(1<<i) != 0 {
			all = append(all, what)
		}
	}
	return strings.Join(all, ", ")
}
