package session

import (
	"crypto/cipher"
	"crypto/hkdf"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"fmt"
	"strings"
	"sync/atomic"
	"time"

	"golang.org/x/crypto/chacha20poly1305"

	"github.com/surcoat/surcoat/internal/keytext"
)

// Keyring holds the keys of cookies: the first one seals, all of them open, so that
// a key is replaced by putting a new one in front and removing the old one when the
// last cookie sealed with it has expired.
//
// Each token names its key by an id that is derived from the key; no key is tried
// in vain. A Keyring is safe for concurrent use, and only [Keyring.Reload] changes one.
// Nothing prints the keys themselves.
type Keyring struct {
	keys atomic.Pointer[[]sealKey]
	file keyFile
}

// sealKey is what is derived from one key of the ring.
type sealKey struct {
	id   [keyIDLen]byte
	aead cipher.AEAD // XChaCha20-Poly1305: its nonces are long enough to be random
}

const (
	keyPrefix = "surcoat1_" // of a key's text: the algorithm's version, and what secret scanners can look for
	keyIDLen  = 4
	nonceLen  = chacha20poly1305.NonceSizeX
	tagLen    = chacha20poly1305.Overhead

	// maxToken bounds what is decoded at all. It is more than a cookie can be, as the
	// codec also serves stores that keep files.
	maxToken = 1 << 20
)

var (
	errNotToken   = errors.New("not a sealed value")
	errUnknownKey = errors.New("sealed with a key that is not on the ring")
	errForged     = errors.New("forged, damaged or sealed for another cookie")
)

// GenerateKey returns a new key as text: one line of a key file, or of the
// environment variable given to [ParseKeyring].
func GenerateKey() string {
	key := make([]byte, chacha20poly1305.KeySize)
	_, _ = rand.Read(key) // never fails (crypto/rand)
	return keyPrefix + base64.RawURLEncoding.EncodeToString(key)
}

// ParseKeyring reads keys as [GenerateKey] makes them, in order, separated by white
// space or commas: the content of an environment variable or of a key file, in
// which "#" starts a comment. Its errors name the position of a key and never show it.
func ParseKeyring(s string) (*Keyring, error) {
	var keys []sealKey
	for i, word := range keytext.Words(s) {
		encoded, ok := strings.CutPrefix(word, keyPrefix)
		raw, err := base64.RawURLEncoding.Strict().DecodeString(encoded)
		if !ok || err != nil || len(raw) != chacha20poly1305.KeySize {
			return nil, fmt.Errorf("session: keyring: key %d is not %s and 43 letters, digits, - or _", i+1, keyPrefix)
		}
		key, err := deriveKey(raw)
		if err != nil {
			return nil, fmt.Errorf("session: keyring: key %d: %w", i+1, err)
		}
		if findKey(keys, key.id[:]) != nil {
			return nil, fmt.Errorf("session: keyring: key %d is there twice", i+1)
		}
		keys = append(keys, key)
	}
	if len(keys) == 0 {
		return nil, errors.New("session: keyring: holds no key")
	}
	k := &Keyring{}
	k.keys.Store(&keys)
	return k, nil
}

// deriveKey keeps what is done with a key apart: the bytes of the ring are used for
// nothing but derivation.
func deriveKey(raw []byte) (key sealKey, err error) {
	id, err := hkdf.Key(sha256.New, raw, nil, "surcoat session key id", keyIDLen)
	if err != nil {
		return key, err
	}
	sub, err := hkdf.Key(sha256.New, raw, nil, "surcoat session cookie", chacha20poly1305.KeySize)
	if err != nil {
		return key, err
	}
	copy(key.id[:], id)
	key.aead, err = chacha20poly1305.NewX(sub)
	return key, err
}

// String shows the ids of the keys, the sealing one first.
func (k *Keyring) String() string {
	keys := *k.keys.Load()
	ids := make([]string, len(keys))
	for i := range keys {
		ids[i] = hex.EncodeToString(keys[i].id[:])
	}
	return "keyring " + strings.Join(ids, " ")
}

func findKey(keys []sealKey, id []byte) cipher.AEAD {
	for i := range keys {
		if string(keys[i].id[:]) == string(id) {
			return keys[i].aead
		}
	}
	return nil
}

// sealHead is how much room seal needs before the plaintext, sealTail after it.
const (
	sealHead = keyIDLen + nonceLen
	sealTail = tagLen
)

// seal encrypts buf[sealHead:] in place and returns the token's text: the key's id,
// a random nonce and the ciphertext. The token opens only under the same name.
func (k *Keyring) seal(buf, name []byte, now time.Time) string {
	k.follow(now)
	key := &(*k.keys.Load())[0]
	copy(buf, key.id[:])
	nonce := buf[keyIDLen:sealHead]
	_, _ = rand.Read(nonce)
	sealed := key.aead.Seal(buf[:sealHead], nonce, buf[sealHead:], name)
	return base64.RawURLEncoding.EncodeToString(sealed)
}

// sealedLen is the length of the token for a plaintext of n bytes.
func sealedLen(n int) int { return base64.RawURLEncoding.EncodedLen(sealHead + n + sealTail) }

// open returns the plaintext of a token.
func (k *Keyring) open(token string, name []byte, now time.Time) ([]byte, error) {
	if len(token) > maxToken {
		return nil, errNotToken
	}
	raw, err := text.DecodeString(token)
	if err != nil || len(raw) < sealHead+sealTail {
		return nil, errNotToken
	}
	k.follow(now)
	aead := findKey(*k.keys.Load(), raw[:keyIDLen])
	if aead == nil {
		// Another process may have put a new key into the file and sealed with it.
		if changed, err := k.refresh(now); err != nil {
			return nil, fmt.Errorf("%w, and the key file has changed: %w", errUnknownKey, err)
		} else if changed {
			aead = findKey(*k.keys.Load(), raw[:keyIDLen])
		}
	}
	if aead == nil {
		return nil, errUnknownKey
	}
	body := raw[sealHead:]
	plain, err := aead.Open(body[:0], raw[keyIDLen:sealHead], body, name)
	if err != nil {
		return nil, errForged
	}
	return plain, nil
}
