package storetest

import (
	"net/http"
	"strings"

	"github.com/surcoat/surcoat/middleware/session"
)

// elsewhereChecks are about what a store cannot do, and what it can only do within one
// process.
func elsewhereChecks() []check {
	return []check{
		{"Require", require},
		{"17 in another process", oldTokenElsewhere},
		{"18 in another process", replayElsewhere},
	}
}

// require: a Manager that requires what the store cannot do says so before it serves.
func require(t *trial) {
	wrap := func(c session.Capability) (problem string) {
		defer func() { problem, _ = recover().(string) }()
		(&session.Manager{Store: t.store, Require: c}).Wrap(http.NotFoundHandler())
		return ""
	}
	if p := wrap(t.can); p != "" {
		t.Errorf("Require of what the store can do panics: %v", p)
	}
	for _, c := range []session.Capability{session.Merge, session.Revoke, session.RevokeUser, session.List} {
		if t.can&c == 0 && !strings.Contains(wrap(c), "Require") {
			t.Errorf("Require that the store can %v: got panic %q, want one that names the field", c, wrap(c))
		}
	}
}

// elsewhere returns a client with b's cookie at another process with the same store.
func (b *browser) elsewhere() *browser {
	c := b.site.t.site(&session.Manager{}, nil).browser()
	c.cookie = b.cookie
	return c
}

// oldTokenElsewhere: where a token names a record, a login ends it everywhere. A cookie
// that holds the session itself is good elsewhere for what it held: it signs nobody in.
func oldTokenElsewhere(t *trial) {
	names := !t.selfContained()
	b := t.site(&session.Manager{}, nil).browser()
	b.must("/set?x")
	planted := b.elsewhere()
	planted.wantBody("before the login", "/name", "x", "processes share the store")
	b.must("/login?" + newSubject())
	want := nobody
	if !names {
		want = "name=x theme= count=0 subject="
	}
	planted.wantBody("the old token in another process", "/all", want, "as the documentation of session says")
}

// replayElsewhere is the same of a cookie that was copied before a logout.
func replayElsewhere(t *trial) {
	names := !t.selfContained()
	b := t.site(&session.Manager{}, nil).browser()
	b.must("/set?x")
	stolen := b.elsewhere()
	b.must("/logout")
	want := "" // the record is gone
	if !names {
		want = "x" // nothing there knows of the logout, until the cookie expires
	}
	stolen.wantBody("a cookie replayed in another process", "/name", want, "as the documentation of session says")
}
