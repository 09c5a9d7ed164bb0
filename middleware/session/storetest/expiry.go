package storetest

import (
	"errors"
	"time"

	"github.com/surcoat/surcoat/middleware/session"
)

const whyExpired = "a cookie would sign in for longer than IdleTimeout and Lifetime say"

func expiryChecks() []check {
	return []check{
		{"ends in time", endsInTime},
		{"every operation sees the end", expiredIsGone},
		{"touch shortens and extends", touchMoves},
		{"an end that has passed", endInThePast},
		{"an end far away", endFarAway},
		{"created anew", createdAnew},
	}
}

// endsInTime polls a session around its end.
func endsInTime(t *trial) {
	id, r := newID(), record("", "x")
	r.Expires = time.Now().Add(150 * time.Millisecond)
	r = t.save(id, r)
	for {
		began := time.Now()
		_, err := t.backend.Load(t.Context(), id)
		ended := time.Now()
		switch {
		case errors.Is(err, session.ErrGone):
			if early := r.Expires.Sub(ended); early > 2*time.Millisecond {
				t.Errorf("gone %v before its end: a session would be lost", early)
			}
			return
		case err != nil:
			t.Fatalf("Load: %v", err)
		case began.After(r.Expires.Add(late)):
			t.Fatalf("Load still finds a session %v after its end: %s", began.Sub(r.Expires), whyExpired)
		}
		time.Sleep(2 * time.Millisecond)
	}
}

func expiredIsGone(t *trial) {
	// One session for each, as an operation may remove what it finds expired.
	r := record("", "x")
	r.Expires = time.Now().Add(100 * time.Millisecond)
	loaded, saved, touched := newID(), newID(), newID()
	for _, id := range []session.ID{loaded, saved, touched} {
		t.save(id, r)
	}
	r.Version = t.load(saved).Version
	until(r)
	ctx, ends := t.Context(), time.Now().Add(hour)
	_, err := t.backend.Load(ctx, loaded)
	t.wantErr("Load of an expired session", err, session.ErrGone, whyExpired)
	t.wantErr("Touch of an expired session", t.backend.Touch(ctx, touched, ends), session.ErrGone, whyExpired)
	r.Expires = ends
	_, err = t.backend.Save(ctx, saved, r)
	t.wantErr("Save of an expired session", err, session.ErrGone, whyExpired)
	for _, id := range []session.ID{loaded, saved, touched} {
		t.wantGone("an expired session, asked again", id, r, whyExpired)
		t.wantErr("Delete of an expired session", t.backend.Delete(ctx, id), nil, "a late logout is no failure")
	}
}

func touchMoves(t *trial) {
	shorter, s := t.create("", "an hour, made shorter")
	longer, l := newID(), record("", "short, made an hour")
	l.Expires = time.Now().Add(200 * time.Millisecond)
	soon := l.Expires
	l = t.save(longer, l)
	s.Expires, l.Expires = soon, time.Now().Add(hour)
	t.wantErr("Touch that shortens", t.backend.Touch(t.Context(), shorter, s.Expires), nil, "")
	t.wantErr("Touch that extends", t.backend.Touch(t.Context(), longer, l.Expires), nil, "")
	until(s)
	t.wantGone("a session that Touch shortened", shorter, s, whyExpired)
	t.wantRecord("a session that Touch extended", t.load(longer), l)
}

// endInThePast leaves open what Save and Touch return, but not what is found then.
func endInThePast(t *trial) {
	past := time.Now().Add(-time.Minute)
	id, r := newID(), record("", "x")
	r.Expires = past
	_, _ = t.backend.Save(t.Context(), id, r)
	_, err := t.backend.Load(t.Context(), id)
	t.wantErr("Load of a session created after its end", err, session.ErrGone, whyExpired)

	id, _ = t.create("", "x")
	_ = t.backend.Touch(t.Context(), id, past)
	_, err = t.backend.Load(t.Context(), id)
	t.wantErr("Load after a Touch into the past", err, session.ErrGone, whyExpired)
}

// endFarAway uses the 400 days that browsers keep a cookie at most.
func endFarAway(t *trial) {
	id, r := newID(), record("", "x")
	r.Expires = time.Now().Add(400 * 24 * time.Hour)
	r = t.save(id, r)
	t.wantRecord("created to last 400 days", t.load(id), r)
	r.Expires = r.Expires.Add(time.Hour)
	t.wantErr("Touch", t.backend.Touch(t.Context(), id, r.Expires), nil, "")
	t.wantRecord("touched to last 400 days", t.load(id), r)
	_ = t.backend.Delete(t.Context(), id)
}

func createdAnew(t *trial) {
	id, r := newID(), record("", "old")
	r.Expires = time.Now().Add(50 * time.Millisecond)
	r = t.save(id, r)
	until(r)
	anew := t.save(id, record("", "new"))
	t.wantRecord("an expired session that was created anew", t.load(id), anew)
	_ = t.backend.Delete(t.Context(), id)
}
