package redisstore

import (
	"encoding/base64"
	"encoding/binary"
	"errors"
	"fmt"
	"hash/maphash"
	"strings"
	"time"

	"github.com/redis/rueidis"
	"github.com/surcoat/surcoat/middleware/session"
)

// Store keeps sessions in Redis. It is a [session.Backend], [session.Lister] and
// [session.Revoker], and safe for concurrent use. [Open] makes one.
type Store struct {
	client      rueidis.Client
	prefix      string
	timeout     time.Duration
	deadlines   deadlines
	copies      *copies // nil without caching
	replicas    int
	waitTimeout time.Duration
	waiting     chan struct{} // a place for each connection that waits for replicas

	seen    *seenTable
	written writtenTable
}

var (
	_ session.Backend = (*Store)(nil)
	_ session.Lister  = (*Store)(nil)
	_ session.Revoker = (*Store)(nil)
)

const (
	// longest is how long Redis keeps a record that is neither saved nor touched,
	// whatever its Expires: browsers drop cookies after 400 days.
	longest = 400 * 24 * time.Hour

	// epochKept is how long it is known that a subject was revoked. By then no record
	// is left of those that it concerned.
	epochKept = longest + 24*time.Hour

	// copyKept bounds how long a cached copy is used without asking for it again.
	copyKept = 10 * time.Second
)

// The names of keys hold nothing but letters, digits, - and _ after the prefix. A
// brace in a subject, say, would choose the node of a cluster.
var name = base64.RawURLEncoding

func (s *Store) recordKey(id session.ID) string {
	b := make([]byte, 0, len(s.prefix)+2+43)
	b = append(append(b, s.prefix...), "s:"...)
	return string(name.AppendEncode(b, id[:]))
}

func (s *Store) epochKey(subject string) string {
	return s.prefix + "e:" + name.EncodeToString([]byte(subject))
}

func (s *Store) indexKey(subject string) string {
	return s.prefix + "u:" + name.EncodeToString([]byte(subject))
}

var seed = maphash.MakeSeed()

// Under these, writtenTable knows keys.
func recordHash(id *session.ID) uint64 { return binary.LittleEndian.Uint64(id[16:]) }
func epochHash(subject string) uint64  { return maphash.String(seed, subject) }

// fail is the error of an operation.
func fail(op string, err error) error {
	if err == nil || errors.Is(err, session.ErrGone) || errors.Is(err, session.ErrConflict) {
		return err
	}
	if e, ok := rueidis.IsRedisErr(err); ok && strings.Contains(e.Error(), "OOM command not allowed") {
		return fmt.Errorf("redisstore: %s: %w: Redis has reached its maxmemory", op, session.ErrFull)
	}
	return fmt.Errorf("redisstore: %s: %w", op, err)
}

// unreadable is the error of a value that this program did not write.
func unreadable(key string, err error) error {
	return fmt.Errorf("the value of key %q is %w", key, err)
}
