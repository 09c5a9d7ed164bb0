package boltstore

import (
	"bytes"
	"crypto/sha256"
	"encoding/binary"
	"fmt"
	"slices"
	"time"

	"github.com/surcoat/surcoat/middleware/session"
	"go.etcd.io/bbolt"
)

// The buckets of the file. An index has keys only.
var (
	metaBucket      = []byte("meta")
	sessionsBucket  = []byte("sessions")               // id: record
	subjectsBucket  = []byte("subjects")               // hash of the subject, id
	anonymousBucket = []byte("ends without a subject") // second, id
	signedInBucket  = []byte("ends with a subject")    // second, id

	formatKey = []byte("format")
	countKey  = []byte("count")
)

const (
	fileV1     = 1
	idSize     = len(session.ID{})
	secondSize = 8

	// subjectSize is how much of the SHA-256 of a subject is in the index: whoever finds
	// an entry there compares the subject of the record itself.
	subjectSize = 16
)

// transaction is what one transaction of bbolt does to the sessions. Its methods
// return an error where bbolt failed, which ends the whole of it.
type transaction struct {
	meta, sessions, subjects *bbolt.Bucket

	ends    [2]*bbolt.Bucket // without and with a subject
	now     time.Time
	pending func(*session.ID) (time.Time, bool) // ends that are newer than the file's
	max     int
	count   int                            // of sessions
	changed map[session.ID]*session.Record // nil: removed
	dirty   bool                           // whether there is anything to commit
}

func newTransaction(tx *bbolt.Tx) (*transaction, error) {
	t := &transaction{
		meta: tx.Bucket(metaBucket), sessions: tx.Bucket(sessionsBucket), subjects: tx.Bucket(subjectsBucket),
		ends:    [2]*bbolt.Bucket{tx.Bucket(anonymousBucket), tx.Bucket(signedInBucket)},
		changed: make(map[session.ID]*session.Record),
	}
	if t.meta == nil || t.sessions == nil || t.subjects == nil || t.ends[0] == nil || t.ends[1] == nil {
		return nil, errNotOurs
	}
	for _, b := range t.ends {
		b.FillPercent = 0.9 // keys come nearly in order
	}
	count := t.meta.Get(countKey)
	if len(count) != 8 {
		return nil, errNotOurs
	}
	t.count = int(binary.BigEndian.Uint64(count))
	return t, nil
}

// finish writes what belongs to the file as a whole.
func (t *transaction) finish() error {
	return t.meta.Put(countKey, binary.BigEndian.AppendUint64(nil, uint64(t.count)))
}

// signedIn says in which index of ends a record is.
func signedIn(r *session.Record) int {
	if r.Subject != "" {
		return 1
	}
	return 0
}

func endKey(second uint64, id *session.ID) []byte {
	return append(binary.BigEndian.AppendUint64(make([]byte, 0, secondSize+idSize), second), id[:]...)
}

func subjectPrefix(subject string) []byte {
	sum := sha256.Sum256([]byte(subject))
	return sum[:subjectSize:subjectSize]
}

func subjectKey(subject string, id *session.ID) []byte {
	return append(subjectPrefix(subject), id[:]...)
}

// get returns a session, expired or not, with the end that it has in truth. The error is
// that of decodeRecord.
func (t *transaction) get(id *session.ID) (r *stored, err error) {
	b := t.sessions.Get(id[:])
	if b == nil {
		return nil, nil
	}
	d, err := decodeRecord(b)
	if err != nil {
		return nil, err
	}
	if end, ok := t.pending(id); ok {
		d.Expires = end
	}
	return &d, nil
}

func (t *transaction) live(r *stored) bool { return r != nil && t.now.Before(r.Expires) }

// put stores r in the place of old, which is nil where there is none.
func (t *transaction) put(id *session.ID, old *stored, r *session.Record) error {
	n := &stored{Record: *r, filed: second(r.Expires)}
	switch {
	case old == nil:
		t.count++
	case signedIn(&old.Record) == signedIn(r) && old.filed <= n.filed:
		n.filed = old.filed // moved on when its time comes
	default:
		if err := t.ends[signedIn(&old.Record)].Delete(endKey(old.filed, id)); err != nil {
			return err
		}
	}
	if old == nil || old.filed != n.filed || signedIn(&old.Record) != signedIn(r) {
		if err := t.ends[signedIn(r)].Put(endKey(n.filed, id), nil); err != nil {
			return err
		}
	}
	if old != nil && old.Subject != "" && old.Subject != r.Subject {
		if err := t.subjects.Delete(subjectKey(old.Subject, id)); err != nil {
			return err
		}
	}
	if r.Subject != "" && (old == nil || old.Subject != r.Subject) {
		if err := t.subjects.Put(subjectKey(r.Subject, id), nil); err != nil {
			return err
		}
	}
	t.dirty = true
	return t.sessions.Put(id[:], encodeRecord(n))
}

// remove removes a session. old is nil where it cannot be decoded: its entries in the
// indexes then stay until somebody comes by and finds no record.
func (t *transaction) remove(id *session.ID, old *stored) error {
	t.dirty = true
	t.count--
	t.changed[*id] = nil
	if err := t.sessions.Delete(id[:]); err != nil || old == nil {
		return err
	}
	if err := t.ends[signedIn(&old.Record)].Delete(endKey(old.filed, id)); err != nil || old.Subject == "" {
		return err
	}
	return t.subjects.Delete(subjectKey(old.Subject, id))
}

// save is the compare-and-swap of session.Backend. refused is its answer to the caller.
func (t *transaction) save(id *session.ID, r session.Record) (refused, err error) {
	old, refused := t.get(id)
	switch {
	case refused != nil:
		return refused, nil
	case r.Version == 0 && t.live(old):
		return session.ErrConflict, nil
	case r.Version != 0 && !t.live(old):
		return session.ErrGone, nil
	case r.Version != 0 && r.Version != old.Version:
		return session.ErrConflict, nil
	}
	if old == nil {
		if ok, err := t.makeRoom(); err != nil || !ok {
			return session.ErrFull, err
		}
	}
	r.Version++
	t.changed[*id] = &r
	return nil, t.put(id, old, &r)
}

// touch moves the end of a session; accepted says that a caller was told so already.
func (t *transaction) touch(id *session.ID, expires time.Time, accepted bool) (refused, err error) {
	old, refused := t.get(id)
	switch {
	case refused != nil:
		return refused, nil
	case old == nil || !accepted && !t.live(old):
		return session.ErrGone, nil
	}
	r := old.Record
	r.Expires = expires
	if !accepted {
		t.changed[*id] = &r
	}
	return nil, t.put(id, old, &r)
}

func (t *transaction) delete(id *session.ID) error {
	if t.sessions.Get(id[:]) == nil {
		return nil
	}
	old, err := t.get(id)
	if err != nil {
		old = nil // whatever it is, nobody is to sign in with it
	}
	return t.remove(id, old)
}

// revoke removes the sessions of a subject.
func (t *transaction) revoke(subject string, except []session.ID) error {
	for _, id := range indexed(t.subjects, subjectPrefix(subject), nil, 0) {
		if slices.Contains(except, id) {
			continue
		}
		old, err := t.get(&id)
		switch {
		case err != nil:
			err = t.delete(&id) // the index says that it is this subject's
		case old == nil:
			t.dirty = true
			err = t.subjects.Delete(subjectKey(subject, &id))
		case old.Subject == subject:
			err = t.remove(&id, old)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// indexed returns the ids that follow prefix in an index, those after the one called
// after where it is not nil, and max of them where that is not 0.
func indexed(b *bbolt.Bucket, prefix []byte, after *session.ID, max int) (ids []session.ID) {
	from := prefix
	if after != nil {
		from = append(slices.Clip(prefix), after[:]...)
	}
	c := b.Cursor()
	for k, _ := c.Seek(from); k != nil && bytes.HasPrefix(k, prefix); k, _ = c.Next() {
		if len(k) != len(prefix)+idSize || after != nil && bytes.Equal(k, from) {
			continue
		}
		ids = append(ids, session.ID(k[len(prefix):]))
		if len(ids) == max {
			break
		}
	}
	return ids
}

// createBuckets makes an empty file one of sessions.
func createBuckets(tx *bbolt.Tx) error {
	for _, name := range [][]byte{sessionsBucket, subjectsBucket, anonymousBucket, signedInBucket} {
		if _, err := tx.CreateBucket(name); err != nil {
			return err
		}
	}
	meta, err := tx.CreateBucket(metaBucket)
	if err != nil {
		return err
	}
	if err := meta.Put(formatKey, []byte{fileV1}); err != nil {
		return err
	}
	return meta.Put(countKey, make([]byte, 8))
}

// checkBuckets reports why the file cannot be used.
func checkBuckets(tx *bbolt.Tx) (*transaction, error) {
	meta := tx.Bucket(metaBucket)
	if meta == nil {
		return nil, errNotOurs
	}
	switch format := meta.Get(formatKey); {
	case len(format) != 1:
		return nil, errNotOurs
	case format[0] != fileV1:
		return nil, fmt.Errorf("it has format %d, and this version of the program knows %d: it was made by a newer one; run that", format[0], fileV1)
	}
	return newTransaction(tx)
}
