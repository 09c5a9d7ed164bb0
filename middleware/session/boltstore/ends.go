package boltstore

import (
	"encoding/binary"
	"time"

	"github.com/surcoat/surcoat/middleware/session"
	"go.etcd.io/bbolt"
)

const (
	sweepLeast  = 64 // how many due entries a transaction looks at, and two more for each of its operations
	evictLook   = 32 // how many entries are looked at for a session to drop
	evictAtOnce = 4  // how many are dropped for one that comes, where MaxSessions was lowered
	keepUnread  = 24 * time.Hour
)

// entry is an entry of an index of ends.
type entry struct {
	second uint64
	id     session.ID
}

// first returns the first n entries of an index, up to the second until.
func first(b *bbolt.Bucket, n int, until uint64) (all []entry) {
	c := b.Cursor()
	for k, _ := c.First(); k != nil && len(all) < n; k, _ = c.Next() {
		if len(k) != secondSize+idSize {
			continue
		}
		e := entry{binary.BigEndian.Uint64(k), session.ID(k[secondSize:])}
		if e.second > until {
			break
		}
		all = append(all, e)
	}
	return all
}

// settle brings an entry of index i up to date: it removes it where there is no such
// session, moves it where the session was touched since, and removes the session
// where it has expired. It returns the session that is still there.
func (t *transaction) settle(i int, e *entry) (*stored, error) {
	old, unread := t.get(&e.id)
	switch {
	case unread != nil:
		// It is not for this program to end what it cannot read. It looks again later.
		t.dirty = true
		if err := t.ends[i].Delete(endKey(e.second, &e.id)); err != nil {
			return nil, err
		}
		return nil, t.ends[i].Put(endKey(second(t.now.Add(keepUnread)), &e.id), nil)
	case old == nil:
		t.dirty = true
		return nil, t.ends[i].Delete(endKey(e.second, &e.id))
	case signedIn(&old.Record) != i || old.filed != e.second:
		// Left behind by what could not read the record; its own entry may be lost.
		t.dirty = true
		if err := t.ends[i].Delete(endKey(e.second, &e.id)); err != nil {
			return nil, err
		}
		return nil, t.ends[signedIn(&old.Record)].Put(endKey(old.filed, &e.id), nil)
	case !t.live(old):
		return nil, t.remove(&e.id, old)
	case second(old.Expires) != e.second:
		return old, t.refile(i, e, old)
	}
	return old, nil
}

func (t *transaction) refile(i int, e *entry, old *stored) error {
	if err := t.ends[i].Delete(endKey(e.second, &e.id)); err != nil {
		return err
	}
	t.dirty = true
	old.filed = second(old.Expires)
	if err := t.ends[i].Put(endKey(old.filed, &e.id), nil); err != nil {
		return err
	}
	return t.sessions.Put(e.id[:], encodeRecord(old))
}

// sweep settles at most n entries of each index that are due. It reports whether there
// may be more.
func (t *transaction) sweep(n int) (more bool, err error) {
	for i, b := range t.ends {
		due := first(b, n, secondAt(t.now))
		for k := range due {
			if _, err := t.settle(i, &due[k]); err != nil {
				return false, err
			}
		}
		more = more || len(due) == n
	}
	return more, nil
}

// makeRoom makes room for one more session. It reports false where there is none.
func (t *transaction) makeRoom() (bool, error) {
	if t.count < t.max {
		return true, nil
	}
	before := t.count
	if _, err := t.sweep(evictAtOnce); err != nil {
		return false, err
	}
	for range evictAtOnce {
		if t.count < t.max {
			return true, nil
		}
		if dropped, err := t.dropOne(); err != nil || !dropped {
			return false, err
		}
	}
	return t.count < before, nil
}

// dropOne removes the anonymous session that expires soonest. Where touches have moved
// so many that it is not among the first ones of the index, it is the soonest of these.
func (t *transaction) dropOne() (bool, error) {
	var victim *stored
	var id session.ID
	before := t.count
	all := first(t.ends[0], evictLook, ^uint64(0))
	for k := range all {
		e := &all[k]
		old, err := t.settle(0, e)
		if err != nil || t.count < before {
			return true, err
		}
		if old != nil && (victim == nil || old.Expires.Before(victim.Expires)) {
			victim, id = old, e.id
		}
		if victim != nil && k+1 < len(all) && victim.filed <= all[k+1].second {
			break // whatever follows expires later
		}
	}
	if victim == nil {
		return false, nil
	}
	return true, t.remove(&id, victim)
}
