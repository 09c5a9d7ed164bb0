// Package totp knows the six digits of an authenticator app (RFC 6238), and the recovery
// codes for when the app is lost.
//
//	key := totp.NewKey()
//	uri := key.URI("Example", "ada") // shown as a QR code, and key.Base32() as text
//	…
//	step, ok := key.Verify(code, time.Now(), last)
//	if ok {
//		last = step // kept with the key: no code is good twice
//	}
//
// The parameters are the ones that every app understands: SHA-1, six digits, 30 seconds.
// A code counts one step early and one late, for clocks that are off, and only after the
// step of the last one that was taken (§5.2).
//
// A million codes are guessed soon by who may try without end: package throttle counts the
// tries. The package stores nothing, and draws no QR code. It is no layer of a chain.
package totp

import (
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha1"
	"crypto/subtle"
	"encoding/base32"
	"encoding/binary"
	"errors"
	"fmt"
	"net/url"
	"strings"
	"time"
)

// Period is how long a code is shown.
const Period = 30 * time.Second

// digits of a code, and how many codes there are.
const (
	digits = 6
	codes  = 1_000_000
)

// What a key may have in bytes: RFC 4226 §4 demands 16, and an HMAC makes use of no more than 64.
const (
	newBytes           = 20
	minBytes, maxBytes = 16, 64
)

// ErrKey says that a text is no key.
var ErrKey = errors.New("totp: not a key: base32 of 16 to 64 bytes")

// Key is what the site and the app share. The zero Key verifies nothing. It prints as its
// type alone; [Key.Base32] is the secret.
type Key struct{ secret string }

// NewKey returns a new key of 160 bits, as RFC 4226 §4 recommends.
func NewKey() Key {
	var b [newBytes]byte
	_, _ = rand.Read(b[:]) // never fails (crypto/rand)
	return Key{string(b[:])}
}

var encoding = base32.StdEncoding.WithPadding(base32.NoPadding)

// ParseKey reads what [Key.Base32] wrote, and keys of other sites: in either case, with
// blanks, hyphens or padding. Its error is [ErrKey] and never shows the text.
func ParseKey(text string) (Key, error) {
	text = strings.Map(func(r rune) rune {
		if r == ' ' || r == '-' || r == '=' {
			return -1
		}
		return r
	}, text)
	b, err := encoding.DecodeString(strings.ToUpper(text))
	if err != nil || len(b) < minBytes || len(b) > maxBytes {
		return Key{}, ErrKey
	}
	return Key{string(b)}, nil
}

// Base32 returns the key as people type it into an app that has no camera, and as a store
// keeps it.
func (k Key) Base32() string { return encoding.EncodeToString([]byte(k.secret)) }

// String tells nothing.
func (k Key) String() string { return "totp.Key" }

// GoString tells nothing.
func (k Key) GoString() string { return "totp.Key{}" }

// URI returns the address that an app reads from a QR code. issuer is the site's name and
// account the user's at it; colons, which divide the two there, become spaces.
// (https://github.com/google/google-authenticator/wiki/Key-Uri-Format)
func (k Key) URI(issuer, account string) string {
	plain := strings.NewReplacer(":", " ")
	issuer, account = plain.Replace(issuer), plain.Replace(account)
	label := url.PathEscape(account)
	if issuer != "" {
		label = url.PathEscape(issuer) + ":" + label
	}
	// Apps differ in whether they read "+" as a space; all read %20.
	return fmt.Sprintf("otpauth://totp/%s?secret=%s&issuer=%s&algorithm=SHA1&digits=%d&period=%d",
		label, k.Base32(), strings.ReplaceAll(url.QueryEscape(issuer), "+", "%20"), digits, int(Period/time.Second))
}

// Step returns the time step that t lies in.
func Step(t time.Time) int64 { return t.Unix() / int64(Period/time.Second) }

// Code returns the six digits of a step.
func (k Key) Code(step int64) string {
	mac := hmac.New(sha1.New, []byte(k.secret))
	mac.Write(binary.BigEndian.AppendUint64(nil, uint64(step)))
	sum := mac.Sum(nil)
	at := sum[len(sum)-1] & 0xf // RFC 4226 §5.3
	return fmt.Sprintf("%0*d", digits, binary.BigEndian.Uint32(sum[at:])&0x7fffffff%codes)
}

// Verify reports whether code is the key's at now, or one step before or after, and of a
// later step than last: the one of the code that was taken last, 0 for none. It returns the
// code's step, which is to be kept as the new last in one go with the check, or two requests
// at once both pass. Blanks in the code do not matter.
func (k Key) Verify(code string, now time.Time, last int64) (step int64, ok bool) {
	code = strings.Join(strings.Fields(code), "")
	if len(code) != digits || len(k.secret) < minBytes {
		return 0, false
	}
	at := Step(now)
	for s := at - 1; s <= at+1; s++ { // always all three: where it matched is nobody's business
		if subtle.ConstantTimeCompare([]byte(k.Code(s)), []byte(code)) == 1 && s > last && !ok {
			step, ok = s, true
		}
	}
	return step, ok
}
