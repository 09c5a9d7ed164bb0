package session

import (
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
)

// A token of a server-side store is "id.secret": 22 and 43 characters of base64url.
// The id never changes and is no secret, so that logs and lists can name a session;
// the secret changes with every renewal and is kept only as a hash.

// publicID names a session. Its text is the session's Handle.
type publicID [16]byte

// secret is what proves that a client owns a session.
type secret [32]byte

// hash is the SHA-256 of a secret; secrets are random, so nothing slower is needed.
type hash [sha256.Size]byte

const (
	idLen     = 22 // base64url of a publicID
	secretLen = 43 // base64url of a secret
	tokenLen  = idLen + 1 + secretLen
)

// text is strict: of several spellings of one value it takes the canonical one.
var text = base64.RawURLEncoding.Strict()

func newID() (id publicID) {
	_, _ = rand.Read(id[:]) // never fails (crypto/rand)
	return id
}

func newSecret() (s secret) {
	_, _ = rand.Read(s[:])
	return s
}

func (id publicID) String() string { return text.EncodeToString(id[:]) }

// key is the name under which a backend keeps the session.
func (id publicID) key() ID { return sha256.Sum256(id[:]) }

func (s *secret) hash() hash { return sha256.Sum256(s[:]) }

// next derives the secret that follows s. Who holds s can be handed its successor
// again while the grace lasts, so that a lost response signs nobody out; the store
// alone, which has the salt, cannot derive it.
func (s *secret) next(salt *[16]byte) (n secret) {
	mac := hmac.New(sha256.New, s[:])
	mac.Write(salt[:])
	mac.Sum(n[:0])
	return n
}

func formatToken(id publicID, s secret) string {
	b := make([]byte, 0, tokenLen)
	b = text.AppendEncode(b, id[:])
	b = append(b, '.')
	b = text.AppendEncode(b, s[:])
	return string(b)
}

func parseToken(t string) (id publicID, s secret, ok bool) {
	if len(t) != tokenLen || t[idLen] != '.' {
		return id, s, false
	}
	n, err := text.Decode(id[:], []byte(t[:idLen]))
	if err != nil || n != len(id) {
		return id, s, false
	}
	n, err = text.Decode(s[:], []byte(t[idLen+1:]))
	return id, s, err == nil && n == len(s)
}

// parseHandle is the reverse of publicID.String.
func parseHandle(t string) (id publicID, ok bool) {
	if len(t) != idLen {
		return id, false
	}
	n, err := text.Decode(id[:], []byte(t))
	return id, err == nil && n == len(id)
}
