package session

import (
	"bytes"
	"encoding/gob"
	"errors"
	"fmt"
	"time"

	"github.com/gorilla/securecookie"
)

// Codec is a [securecookie.Codec] with authenticated encryption
// (XChaCha20-Poly1305): what it encodes can be neither read nor changed by the
// client, opens only under the name it was encoded for, and names its key, so that
// a [Keyring] can be renewed. It fits into every store of gorilla/sessions that has
// a field Codecs.
//
// It encodes strings, and the values of a gorilla session: those that are strings
// under string names compactly, all others through encoding/gob, which must know
// their types (gob.Register).
type Codec struct {
	// MaxAge is how long a value is accepted after it was encoded; 0 is for ever. It
	// must not be changed once the codec is in use. A [Manager] enforces its own
	// limits, whatever this is.
	MaxAge time.Duration

	keys *Keyring
}

var _ securecookie.Codec = (*Codec)(nil)

// NewCodec returns a codec that uses keys. It panics when keys is nil.
func NewCodec(keys *Keyring) *Codec {
	if keys == nil {
		panic("session: NewCodec: the keyring is nil; get one from session.OpenKeyring or session.ParseKeyring")
	}
	return &Codec{keys: keys}
}

// The first byte of every plaintext says what follows, and in which version.
const (
	formatSession = 1 // a Manager's cookie, see state.plain
	formatString  = 2
	formatValues  = 3
	formatOther   = 4
)

// Encode seals value for a cookie called name. Its error is a [securecookie.Error]
// of the usage kind.
func (c *Codec) Encode(name string, value any) (string, error) {
	buf := make([]byte, sealHead, 256)
	at := time.Now()
	now := at.Unix()
	switch v := value.(type) {
	case string:
		buf = appendTime(append(buf, formatString), now)
		buf = append(buf, v...)
	case map[any]any:
		plain, err := flatten(v)
		if err != nil {
			return "", codecError{usage: true, err: err}
		}
		buf = plain.append(appendTime(append(buf, formatValues), now))
	default:
		b, err := gobEncode(value)
		if err != nil {
			return "", codecError{usage: true, err: err}
		}
		buf = append(appendTime(append(buf, formatOther), now), b...)
	}
	return c.keys.seal(buf, []byte(name), at), nil
}

// Decode opens a value that Encode made for the same name, into dst: a pointer to
// what was encoded. Its error is a [securecookie.Error] of the decode kind.
func (c *Codec) Decode(name, value string, dst any) error {
	plain, err := c.keys.open(value, []byte(name), time.Now())
	if err != nil {
		return codecError{err: err}
	}
	r := reader{s: string(plain)}
	format, at := r.byte(), readTime(&r)
	if r.bad {
		return codecError{err: errNotToken}
	}
	if c.MaxAge > 0 && time.Since(time.Unix(at, 0)) > c.MaxAge {
		return codecError{err: errors.New("expired")}
	}
	switch to := dst.(type) {
	case *string:
		if format == formatString {
			*to = r.s
			return nil
		}
	case *map[any]any:
		if format == formatValues {
			v := r.values(nil)
			if !r.done() {
				return codecError{err: errNotToken}
			}
			m, err := unflatten(v)
			if err != nil {
				return codecError{err: err}
			}
			*to = m
			return nil
		}
	default:
		if format == formatOther {
			if err := gobDecode(r.s, dst); err != nil {
				return codecError{err: err}
			}
			return nil
		}
	}
	return codecError{err: fmt.Errorf("does not hold a %T", dst)}
}

// codecError is what code written for securecookie expects of a codec's errors.
type codecError struct {
	usage bool
	err   error
}

func (e codecError) Error() string    { return "session: codec: " + e.err.Error() }
func (e codecError) Unwrap() error    { return e.err }
func (e codecError) Cause() error     { return e.err }
func (e codecError) IsUsage() bool    { return e.usage }
func (e codecError) IsDecode() bool   { return !e.usage }
func (e codecError) IsInternal() bool { return false }

var _ securecookie.Error = codecError{}

// gobName holds, among values that are strings, all those of a gorilla session that
// are not.
const gobName = "_gob"

// flatten turns the values of a gorilla session into ours.
func flatten(m map[any]any) (values, error) {
	v := make(values, 0, len(m))
	var rest map[any]any
	for name, value := range m {
		n, ok1 := name.(string)
		s, ok2 := value.(string)
		if ok1 && ok2 && n != gobName {
			v = append(v, entry{n, s})
			continue
		}
		if rest == nil {
			rest = make(map[any]any)
		}
		rest[name] = value
	}
	if rest == nil {
		return v, nil
	}
	b, err := gobEncode(rest)
	return append(v, entry{gobName, string(b)}), err
}

// unflatten is the reverse of flatten.
func unflatten(v values) (map[any]any, error) {
	m := make(map[any]any, len(v))
	for _, e := range v {
		if e.name == gobName {
			if err := gobDecode(e.value, &m); err != nil {
				return nil, err
			}
			continue
		}
		m[e.name] = e.value
	}
	return m, nil
}

func gobEncode(v any) ([]byte, error) {
	var b bytes.Buffer
	if err := gob.NewEncoder(&b).Encode(v); err != nil {
		return nil, fmt.Errorf("%w: %w", ErrEncode, err)
	}
	return b.Bytes(), nil
}

func gobDecode(s string, dst any) error {
	if err := gob.NewDecoder(bytes.NewReader([]byte(s))).Decode(dst); err != nil {
		return fmt.Errorf("cannot be decoded: %w", err)
	}
	return nil
}
