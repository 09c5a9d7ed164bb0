package redisstore

import (
	"encoding/binary"
	"sync/atomic"

	"github.com/surcoat/surcoat/middleware/session"
)

// seenTable remembers whom the sessions that this process met sign in, so that a load
// can ask for the record and for the subject's epoch at once. It is only a guess:
// whatever the record says counts, and an entry that another one displaced costs a
// round trip.
type seenTable [1 << 15]atomic.Pointer[seen]

type seen struct {
	tag     uint64 // of the id
	subject string
	listed  int64 // until when the subject's list keeps the session at least, Unix ms
}

// place returns where id belongs, and its tag. An id is a hash already.
func (t *seenTable) place(id *session.ID) (*atomic.Pointer[seen], uint64) {
	return &t[binary.LittleEndian.Uint16(id[:])%uint16(len(t))], binary.LittleEndian.Uint64(id[8:])
}

func (t *seenTable) get(id *session.ID) (s seen, ok bool) {
	p, tag := t.place(id)
	if e := p.Load(); e != nil && e.tag == tag {
		return *e, true
	}
	return seen{}, false
}

// put notes a session of subject. listed is 0 where only the subject is known.
func (t *seenTable) put(id *session.ID, subject string, listed int64) {
	p, tag := t.place(id)
	if e := p.Load(); e != nil && e.tag == tag && e.subject == subject && e.listed >= listed {
		return
	}
	p.Store(&seen{tag, subject, listed})
}
