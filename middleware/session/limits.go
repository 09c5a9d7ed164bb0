package session

import "time"

// limits are how long a session lasts, and its cookie.
type limits struct{ idle, lifetime, maxAge time.Duration }

// limitsOf returns the limits of the session in st: its Manager's, but where it was
// given shorter ones, or another cookie, by [Session.SetOptions].
func (c *core) limitsOf(st *state) limits {
	i, ok := st.values.find(optionsName)
	if !ok {
		return c.limits
	}
	o, ok := decodeOptions(st.values[i].value)
	if !ok {
		return c.limits
	}
	l := limits{idle: o.IdleTimeout, lifetime: o.Lifetime, maxAge: o.MaxAge}
	// A Manager that was given other limits since is the stricter one.
	if l.idle == 0 || l.idle > c.limits.idle {
		l.idle = c.limits.idle
	}
	if l.lifetime == 0 || l.lifetime > c.limits.lifetime {
		l.lifetime = c.limits.lifetime
	}
	return l
}

// ends returns when a session that is used now expires.
func (l *limits) ends(created int64, now time.Time) time.Time {
	idle, life := now.Add(l.idle), time.Unix(created, 0).Add(l.lifetime)
	if life.Before(idle) {
		return life
	}
	return idle
}

// left is how long a session may live at most.
func (l *limits) left(created int64, now time.Time) time.Duration {
	return time.Unix(created, 0).Add(l.lifetime).Sub(now)
}

// expired reports whether a session is past one of its limits by the times that it
// carries itself. A clock that was set back makes it younger, never a fault.
func (l *limits) expired(created, seen int64, now time.Time) bool {
	return now.Sub(time.Unix(created, 0)) >= l.lifetime || now.Sub(time.Unix(seen, 0)) >= l.idle
}

// due reports whether a use at now is to be recorded, the last one having been
// recorded at seen.
func (l *limits) due(seen int64, now time.Time) bool {
	return now.Sub(time.Unix(seen, 0)) >= l.touch()
}

// touch is how much of the idle time may pass before use is recorded again.
func (l *limits) touch() time.Duration { return l.idle / 20 }
