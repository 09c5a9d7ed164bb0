package storetest

import (
	"strings"
	"sync"
	"time"

	"github.com/surcoat/surcoat/middleware/session"
)

func identityChecks() []check {
	return []check{
		{"16 an unknown token is not adopted", notAdopted},
		{"17 login renews", loginRenews},
		{"18 logout refuses replay", replayRefused},
		{"19 limits are enforced", limits},
		{"20 a browser session", browserSession},
	}
}

// notAdopted comes with a real token, of a session that is gone.
func notAdopted(t *trial) {
	b := t.site(&session.Manager{}, nil).browser()
	b.must("/set?x")
	planted := b.cookie
	b.copy().must("/logout")
	b.must("/set?victim")
	if b.cookie == planted {
		t.Errorf("the client keeps a token that somebody else may know")
	}
	thief := b.site.browser()
	thief.cookie = planted
	thief.wantBody("who planted the token", "/name", "", "a session must have a token that nobody chose")
}

func loginRenews(t *trial) {
	ada := newSubject()
	b := t.site(&session.Manager{}, nil).browser()
	b.must("/set?x")
	before, handle := b.copy(), strings.TrimSpace(b.must("/who").body)
	b.must("/login?" + ada)
	if b.cookie == before.cookie {
		t.Errorf("a login leaves the token as it was: who planted it is signed in as well")
	}
	b.wantBody("after the login", "/name", "x", "values stay")
	if t.can&session.Merge != 0 {
		b.wantBody("after the login", "/who", ada+" "+handle, "a server store keeps the handle")
	}
	before.wantBody("the token from before the login", "/all", nobody, "it must be dead at once")
	before.must("/logout")
	b.wantBody("after a logout with the dead token", "/all", "name=x theme= count=0 subject="+ada, "it is good for nothing")
	between := b.copy()
	b.must("/login?" + ada + "-admin")
	between.wantBody("the token from before the second login", "/all", nobody, "a change of privilege renews")
	fresh := b.site.browser()
	fresh.must("/login?" + ada)
	fresh.wantBody("a login without a session", "/all", nobody+ada, "")
}

func replayRefused(t *trial) {
	ada := newSubject()
	b := t.site(&session.Manager{}, nil).browser()
	b.must("/set?x")
	early := b.copy()
	b.must("/login?" + ada)
	stolen := b.copy()
	a := b.must("/logout")
	if line := a.Header.Get("Set-Cookie"); !strings.HasPrefix(line, cookieName+"=;") || !strings.Contains(line, "Max-Age=0") {
		t.Errorf("logout sets %q, want a deletion that holds nothing", line)
	}
	for range 2 {
		for _, c := range []*browser{stolen, early} {
			c.wantBody("a cookie replayed after the logout", "/all", nobody, "logout must end the session, not only the cookie")
		}
	}
	stolen.must("/set?y")
	stolen.wantBody("what the replay writes", "/all", "name=y theme= count=0 subject=", "it must be a session of its own")
}

// limits waits for both limits at once. Some stores know time in seconds, so that two
// of them may be little more than one.
func limits(t *trial) {
	idle := t.site(&session.Manager{IdleTimeout: 2 * time.Second}, nil).browser()
	life := t.site(&session.Manager{Lifetime: 2 * time.Second}, nil).browser()

	idle.must("/set?x")
	life.must("/set?x")
	began := time.Now()
	unused := idle.copy()
	idle.wantBody("at once", "/name", "x", "")
	life.wantBody("at once", "/name", "x", "")
	var busy sync.WaitGroup
	busy.Go(func() { // whose idle time would not end while it is used
		for time.Since(began) < 2100*time.Millisecond {
			life.try("/increment")
			time.Sleep(50 * time.Millisecond)
		}
		// It was a new session's beginning as soon as the first had ended.
		if a := life.get("/name"); a.body != "" {
			t.Errorf("a session in use outlives its Lifetime")
		}
	})
	time.Sleep(2300 * time.Millisecond)
	busy.Wait()
	for _, c := range []*browser{idle, unused} {
		c.wantBody("past the IdleTimeout", "/name", "", "the server enforces it, not the browser")
	}
}

func browserSession(t *trial) {
	b := t.site(&session.Manager{}, nil).browser()
	a := b.must("/set?x")
	if line := a.Header.Get("Set-Cookie"); strings.Contains(line, "Max-Age") || strings.Contains(line, "Expires") {
		t.Errorf("Set-Cookie %q, want one that ends with the browser", line)
	}
	b.wantBody("stored all the same", "/name", "x", "")
}
