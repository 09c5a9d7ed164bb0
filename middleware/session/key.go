package session

import (
	"errors"
	"fmt"
	"reflect"
	"runtime"
	"strings"
	"sync/atomic"
)

// Key is the name and type of a value in sessions. Make one with [NewKey], once, in a
// package variable. A Key is safe for concurrent use and fits every [Manager].
//
// What Get returns is a copy: changing it changes nothing stored until it is Set.
type Key[T any] struct {
	keyType
	encode func(T) (string, error)
	decode func(string) (T, error)
}

// keyType is a key without its type parameter.
type keyType struct {
	name   string
	typ    reflect.Type
	usedBy atomic.Pointer[core] // a Manager that found no other type under the name
}

// ourPackage is how the names of this package's functions start.
var ourPackage = reflect.TypeFor[Session]().PkgPath() + "."

// reserved are the names of what the package itself stores.
func reserved(name string) bool {
	return name == gobName || name == metaName || name == optionsName
}

// NewKey returns the key of that name. T can be anything that encoding/json can encode;
// string, bool, int, int64, uint64, []byte, time.Time and time.Duration have an
// encoding of their own, as a person would write them. It panics when the name is empty
// or one of the package's own.
func NewKey[T any](name string) *Key[T] {
	if name == "" {
		panic("session: NewKey: the name is empty")
	}
	if reserved(name) || name == flashName {
		panic(fmt.Sprintf("session: NewKey: the name %q is reserved", name))
	}
	return newKey[T](name)
}

func newKey[T any](name string) *Key[T] {
	k := &Key[T]{keyType: keyType{name: name, typ: reflect.TypeFor[T]()}}
	k.encode, k.decode = encoding[T]()
	return k
}

// String returns the key's name.
func (k *Key[T]) String() string { return k.name }

// Get returns the value in s, and false where there is none: because it was never
// set, because s could not be loaded, or because what is stored is no T. The last two
// [Session.Err] tells apart from the first.
func (k *Key[T]) Get(s *Session) (T, bool) {
	var zero T
	if s == nil {
		return zero, false
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.misread = nil
	if !k.fits(s) {
		s.misread = k.clash(s)
		return zero, false
	}
	encoded, ok, _ := s.value(k.name)
	if !ok {
		return zero, false
	}
	v, err := k.decode(encoded)
	if err != nil {
		s.misread = k.misfit(s)
		return zero, false
	}
	return v, true
}

// Set stores v. It returns an error when v cannot be encoded (ErrEncode), when s could
// not be loaded, when it is too late (ErrHeaderSent), and when s is nil, because no
// [Manager] wraps the handler: then nobody answers it but the handler. Before the response has
// begun, s is stored when it begins, and if that fails, or if an error of Set was
// not followed by a Set that worked or an answer of the handler's own with a status
// from 400, the [Manager] answers the error in the handler's place. Afterwards s is
// stored at once.
func (k *Key[T]) Set(s *Session, v T) error {
	encoded, err := k.encodeFor(s, v)
	if err != nil {
		return s.refuse(k.name, err)
	}
	return s.change(op{name: k.name, kind: opSet, value: encoded})
}

// Update stores what f returns for the current value, or for the zero T when there is
// none, or none that is a T. On stores that can [Merge] no update is lost: f runs again
// on the newer value when another request stored one in the meantime. So f must do
// nothing but compute, and must not use the session, which is locked meanwhile. The
// error is that of [Key.Set].
func (k *Key[T]) Update(s *Session, f func(T) T) error {
	return k.update(s, func(old T) (T, bool) { return f(old), true })
}

// update is Update for an f that can also say that the value goes.
func (k *Key[T]) update(s *Session, f func(T) (v T, keep bool)) error {
	if s == nil {
		return errNone
	}
	if !k.fits(s) {
		return s.refuse(k.name, k.clash(s))
	}
	return s.change(op{name: k.name, kind: opUpdate, update: func(old string, ok bool) (string, bool, error) {
		var v T
		if ok {
			if stored, err := k.decode(old); err == nil {
				v = stored
			} else {
				_ = k.misfit(s)
			}
		}
		v, keep := f(v)
		if !keep {
			return "", false, nil
		}
		encoded, err := k.encodeFor(s, v)
		return encoded, true, err
	}})
}

// Delete removes the value. The error is that of [Key.Set].
func (k *Key[T]) Delete(s *Session) error {
	return s.change(op{name: k.name, kind: opDelete})
}

func (k *Key[T]) encodeFor(s *Session, v T) (string, error) {
	if s != nil && !k.fits(s) {
		return "", k.clash(s)
	}
	encoded, err := k.encode(v)
	if err != nil {
		err = fmt.Errorf("session: key %q: %w: %w", k.name, ErrEncode, err)
	}
	return encoded, err
}

// fits reports whether no key of another type has used the name with s's Manager.
func (k *keyType) fits(s *Session) bool {
	if k.usedBy.Load() == s.core {
		return true
	}
	first, _ := s.core.types.LoadOrStore(k.name, k)
	if first.(*keyType).typ != k.typ {
		return false
	}
	k.usedBy.Store(s.core)
	return true
}

// misfit reports and returns the error of a stored value that is no T. The decoder's
// own error is left out, as it may quote the value. s is locked.
func (k *keyType) misfit(s *Session) error {
	err := fmt.Errorf("session: key %q: the stored value is no %v", k.name, k.typ)
	s.core.events(s.r.Context(), s.st.event(EventUndecodable, err))
	return err
}

// clash returns the error of a key that does not fit, with the place where it is used.
func (k *keyType) clash(s *Session) error {
	first, _ := s.core.types.Load(k.name)
	where := ""
	var pcs [8]uintptr
	frames := runtime.CallersFrames(pcs[:runtime.Callers(2, pcs[:])])
	for more := true; more; {
		var f runtime.Frame
		if f, more = frames.Next(); !strings.HasPrefix(f.Function, ourPackage) {
			where = fmt.Sprintf(" at %s:%d", f.File, f.Line)
			break
		}
	}
	err := fmt.Errorf("%w: %q was used as %v before, and as %v%s", ErrKeyType, k.name, first.(*keyType).typ, k.typ, where)
	s.core.events(s.r.Context(), Event{Kind: EventUndecodable, Err: err})
	return err
}

// refuse notes an error that comes from before the session was asked.
func (s *Session) refuse(key string, err error) error {
	if s == nil {
		return errNone
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if lerr := s.load(); lerr != nil {
		err = errors.Join(lerr, err)
	}
	return s.note(key, err)
}
