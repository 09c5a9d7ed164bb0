package session

import (
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"fmt"
	"slices"
	"sync"
	"time"
)

// backendRevocations is a list on a [Backend]. Each target has a record of its own, so that
// to check a session takes two Loads, or three where it signs somebody in.
type backendRevocations struct {
	backend Backend
	open    bool
	events  func(context.Context, Event)
}

// key is the name of the record about t. It cannot be that of a session, which is the
// hash of 16 bytes.
func (t *target) key() ID {
	b := make([]byte, 0, 64)
	switch {
	case t.id != (publicID{}):
		b = append(append(b, "surcoat revoked session "...), t.id[:]...)
	case t.subject != "":
		b = append(append(b, "surcoat revoked subject "...), t.subject...)
	default:
		b = append(b, "surcoat revoked before"...)
	}
	return sha256.Sum256(b)
}

const noteV1 = 1

var errNote = errors.New("a note of what was revoked is damaged, or of a newer version")

func (n *note) encode() string {
	b := make([]byte, 0, 16+len(n.except)*(len(publicID{})+binary.MaxVarintLen64))
	b = append(b, noteV1)
	b = appendTime(appendTime(b, n.at), n.until)
	b = binary.AppendUvarint(b, uint64(len(n.except)))
	for _, e := range n.except {
		b = appendTime(append(b, e.id[:]...), e.since)
	}
	return string(b)
}

func decodeNote(data string) (n note, ok bool) {
	r := reader{s: data}
	if r.byte() != noteV1 {
		return n, false
	}
	n.at, n.until = readTime(&r), readTime(&r)
	count := r.uvarint()
	if count > uint64(len(r.s)/len(publicID{})) {
		return n, false
	}
	for range count {
		var e exception
		copy(e.id[:], r.take(len(e.id)))
		e.since = readTime(&r)
		n.except = append(n.except, e)
	}
	return n, r.done()
}

// load returns what is noted about t; ok says that something is.
func (l *backendRevocations) load(ctx context.Context, t target) (n note, version uint64, ok bool, err error) {
	rec, err := l.backend.Load(ctx, t.key())
	if errors.Is(err, ErrGone) {
		return n, 0, false, nil
	}
	if err != nil {
		return n, 0, false, err
	}
	if n, ok = decodeNote(rec.Data); !ok {
		return n, 0, false, errNote
	}
	return n, rec.Version, true, nil
}

func (l *backendRevocations) add(ctx context.Context, t target, n note) error {
	for try := 1; ; try++ {
		old, version, ok, err := l.load(ctx, t)
		if err == nil {
			next := n
			if ok {
				next = old.merge(&t, n)
			}
			_, err = l.backend.Save(ctx, t.key(), Record{
				Version: version, Expires: time.Unix(next.until, 0), Data: next.encode(),
			})
		}
		// ErrGone: the old note expired just now.
		if err == nil || try == maxTries || !errors.Is(err, ErrConflict) && !errors.Is(err, ErrGone) {
			if err != nil {
				err = fmt.Errorf("session: cannot be revoked: %w", err)
			}
			return err
		}
		if err := wait(ctx, try); err != nil {
			return fmt.Errorf("session: cannot be revoked: %w", err)
		}
	}
}

// has asks for all targets at once: it takes as long as one Load.
func (l *backendRevocations) has(ctx context.Context, c *content) (bool, error) {
	targets := c.targets(new([3]target))
	revoked, errs := make([]bool, len(targets)), make([]error, len(targets))
	var wg sync.WaitGroup
	for i, t := range targets {
		wg.Go(func() {
			n, _, ok, err := l.load(ctx, t)
			revoked[i], errs[i] = ok && n.covers(&t, c), err
		})
	}
	wg.Wait()
	if slices.Contains(revoked, true) {
		return true, nil
	}
	err := cmp.Or(errs...) // one of them: as a rule they say the same
	if err == nil {
		return false, nil
	}
	err = fmt.Errorf("it cannot be found out whether the session was revoked: %w", err)
	if l.opens(ctx) {
		l.events(ctx, Event{Kind: EventUnchecked, Handle: c.id.String(), Subject: c.subject, Err: err})
		err = nil
	}
	return false, err
}

// opens reports whether an error of the backend, for a request with ctx, is to be passed
// over.
func (l *backendRevocations) opens(ctx context.Context) bool { return l.open && ctx.Err() == nil }

func (l *backendRevocations) latest(ctx context.Context, subject string) (int64, error) {
	all, _, _, err := l.load(ctx, target{})
	if err != nil || subject == "" {
		return all.at, err
	}
	one, _, _, err := l.load(ctx, target{subject: subject})
	return max(all.at, one.at), err
}
