package auth

import (
	"cmp"
	"crypto/hkdf"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"time"

	"github.com/surcoat/surcoat/internal/keytext"
	"github.com/surcoat/surcoat/middleware/auth/throttle"
)

// DeviceCookie is how a browser is known again in which somebody has signed in, so that
// guesses of strangers at their account do not keep them out (OWASP, "Slow Down Online
// Guessing Attacks with Device Cookies"). It signs nobody in: whoever steals it may guess a
// password as often as its owner may mistype it, on a count of its own.
//
// The cookie names nobody: it holds a random number, the time and a signature over
// these and the account, for each of the last four accounts of that browser. It is
// Secure, HttpOnly, SameSite=Lax and for the whole host.
type DeviceCookie struct {
	// Keys are what signs the cookies: texts as session.GenerateKey makes them, separated
	// by white space or commas, as in a key file. Any others of at least 32 characters will
	// do. The first one signs, all of them verify. "": one drawn at start, so that all
	// devices are strangers after a restart, and to other processes.
	Keys string

	// Name is the cookie's name. "" is "__Host-device"; with InsecureCookie "device".
	Name string

	// MaxAge is how long a device is known after its owner last signed in, at most 400 days.
	// 0: 400 days.
	MaxAge time.Duration

	// InsecureCookie leaves Secure out, so that the cookie also travels over plain http.
	// It is not needed for http://localhost (see session.Cookie).
	InsecureCookie bool
}

// devices is a DeviceCookie that was checked, in the form in which it is used.
type devices struct {
	cookie http.Cookie // without a value
	maxAge time.Duration
	keys   [][]byte
}

const (
	minDeviceKey = 32 // characters
	maxTokens    = 4  // accounts in one cookie

	// refreshAfter spares a client with Basic, whose password is checked every minute, a
	// cookie each time.
	refreshAfter = 24 * time.Hour
)

func (c DeviceCookie) settle() (*devices, error) {
	d := &devices{maxAge: cmp.Or(c.MaxAge, maxCookieAge)}
	if d.maxAge < time.Second || d.maxAge > maxCookieAge {
		return nil, errors.New("auth: DeviceCookie.MaxAge is not between a second and 400 days")
	}
	var err error
	if d.cookie, err = hostCookie("DeviceCookie.Name", c.Name, "device", c.InsecureCookie); err != nil {
		return nil, err
	}
	d.cookie.MaxAge = int(d.maxAge / time.Second)
	words := keytext.Words(c.Keys)
	if len(words) == 0 {
		if c.Keys != "" { // what was to be read was empty: nobody chose to be forgotten
			return nil, errors.New("auth: DeviceCookie.Keys: holds no key; leave it empty to have one drawn at start")
		}
		words = []string{rand.Text() + rand.Text()}
	}
	for i, word := range words {
		if len(word) < minDeviceKey {
			return nil, fmt.Errorf("auth: DeviceCookie.Keys: key %d has fewer than %d characters", i+1, minDeviceKey)
		}
		key, err := hkdf.Key(sha256.New, []byte(word), nil, "surcoat auth device cookie", sha256.Size)
		if err != nil {
			return nil, fmt.Errorf("auth: DeviceCookie.Keys: key %d: %w", i+1, err)
		}
		d.keys = append(d.keys, key)
	}
	return d, nil
}

// of returns the device that r comes from, where the account's owner has signed in there,
// and whether that was so long ago, or never, that the cookie should be set anew.
func (d *devices) of(r *http.Request, account string) (device throttle.Device, renew bool) {
	now := time.Now()
	for _, t := range d.tokens(r) {
		// A clock that was set back makes no stranger of anybody.
		if age := now.Sub(t.issued); age < d.maxAge && d.verifies(&t, account) {
			return t.device, age > refreshAfter
		}
	}
	return throttle.Device{}, true
}

// set makes the browser that r comes from a device of the account's owner.
func (d *devices) set(w http.ResponseWriter, r *http.Request, account string) {
	fresh := deviceToken{issued: time.Now()}
	_, _ = rand.Read(fresh.device[:]) // never fails (crypto/rand)
	fresh.tag = d.sign(d.keys[0], &fresh, account)
	tokens := []deviceToken{fresh}
	for _, t := range d.tokens(r) {
		if len(tokens) < maxTokens && !d.verifies(&t, account) {
			tokens = append(tokens, t)
		}
	}
	texts := make([]string, len(tokens))
	for i := range tokens {
		texts[i] = tokens[i].String()
	}
	c := d.cookie
	c.Value = strings.Join(texts, ".")
	putCookie(w.Header(), &c)
}

// tokens returns what may be tokens in r's cookie.
func (d *devices) tokens(r *http.Request) []deviceToken {
	c, err := r.Cookie(d.cookie.Name)
	if err != nil {
		return nil
	}
	return parseDeviceTokens(c.Value)
}

func (d *devices) verifies(t *deviceToken, account string) bool {
	for _, key := range d.keys {
		if tag := d.sign(key, t, account); hmac.Equal(tag[:], t.tag[:]) {
			return true
		}
	}
	return false
}

func (d *devices) sign(key []byte, t *deviceToken, account string) (tag [tagBytes]byte) {
	m := hmac.New(sha256.New, key)
	m.Write(t.head())
	m.Write([]byte(account))
	copy(tag[:], m.Sum(nil))
	return tag
}

// deviceToken is one account's part of the cookie.
type deviceToken struct {
	device throttle.Device
	issued time.Time      // in seconds
	tag    [tagBytes]byte // HMAC-SHA256 over the rest and the account, cut in half (RFC 2104 §5)
}

const (
	headBytes  = len(throttle.Device{}) + 4
	tagBytes   = sha256.Size / 2
	tokenChars = (headBytes + tagBytes) * 4 / 3
)

// head is what is signed, of fixed length.
func (t *deviceToken) head() []byte {
	return binary.BigEndian.AppendUint32(t.device[:len(t.device):len(t.device)], uint32(t.issued.Unix()))
}

func (t *deviceToken) String() string { return b64.EncodeToString(append(t.head(), t.tag[:]...)) }

// parseDeviceTokens reads tokens with dots between them, and passes over what is none. It
// looks at no more than there can be.
func parseDeviceTokens(s string) (tokens []deviceToken) {
	for text := range strings.SplitSeq(s, ".") {
		raw, err := b64.DecodeString(text)
		if err != nil || len(raw) != headBytes+tagBytes || len(text) != tokenChars { // base64 passes over line ends
			return tokens
		}
		t := deviceToken{issued: time.Unix(int64(binary.BigEndian.Uint32(raw[len(throttle.Device{}):])), 0)}
		copy(t.device[:], raw)
		copy(t.tag[:], raw[headBytes:])
		if tokens = append(tokens, t); len(tokens) == maxTokens {
			break
		}
	}
	return tokens
}
