//go:build dev

package inspect

import (
	"reflect"
	"strings"
	"sync"
	"unicode"

	"github.com/surcoat/surcoat/middleware/cgitrace/internal/debuginfo"
	"github.com/surcoat/surcoat/middleware/cgitrace/internal/redact"
	"github.com/surcoat/surcoat/middleware/cgitrace/internal/trace"
	"github.com/surcoat/surcoat/middleware/cgitrace/internal/value"
)

// Bounds on what is tainted because a variable held it: the redactor takes only so many, and a
// short one would mask half of the page.
const (
	maxTaints = 200
	minTaint  = 6
	maxTaint  = 4 << 10
)

// masked reports whether v is a secret by its name or its type. What is empty is none, and neither is
// what has two values only, or is code.
func (p *printer) masked(name string, v Value) bool {
	switch v.typ.Kind {
	case reflect.Bool, reflect.Func, reflect.Chan:
		return false
	case reflect.String, reflect.Slice, reflect.Map:
		if n, ok := v.Len(); ok && n == 0 {
			return false
		}
	}
	if !secretType(v.typ) && (name == "" || !p.in.redact.Secret(name, p.plain(v))) || v.zero() {
		return false
	}
	p.taint(v, 0)
	return true
}

// mask is the node of what is a secret for a reason that lies outside of it.
func (p *printer) mask(name string, v Value) value.Node {
	n := p.node(name, v, maxDepth)
	p.taint(v, 0)
	return value.Node{Name: name, Type: n.Type, Text: redact.Mask, Masked: true}
}

// plain is v's text for the application's own rule.
func (p *printer) plain(v Value) string {
	if v.typ.Kind == reflect.String {
		b, _, _ := v.content(maxTaint)
		return string(b)
	}
	s, _ := v.scalar()
	return s
}

// taint has the text of v masked wherever else it stands. Of a list it is that of the elements;
// of a struct, which is here for its type, that of its strings.
func (p *printer) taint(v Value, depth int) {
	if depth > 2 || v.typ == nil || v.lack != "" {
		return
	}
	switch elem := v.typ.Elem(); v.typ.Kind {
	case reflect.String:
		b, n, why := v.content(maxTaint)
		p.taintText(b, n, why)
	case reflect.Pointer:
		p.taint(v.target(), depth+1)
	case reflect.Slice:
		if elem != nil && elem.Kind == reflect.Uint8 {
			b, n, why := v.content(maxTaint)
			p.taintText(b, n, why)
			return
		}
		for i := range int64(width(1)) {
			if e, ok := v.Index(i); ok {
				p.taint(e, depth+1)
			}
		}
	case reflect.Interface:
		p.taint(v.dynamic(), depth+1)
	case reflect.Struct:
		for _, f := range v.typ.Fields {
			if t := f.Type(); t != nil && t.Kind == reflect.String && secretType(v.typ) {
				p.taint(v.part(f.Offset, t), depth+1)
			}
		}
	}
}

func (p *printer) taintText(b []byte, length int64, why lack) {
	if why != "" || length > maxTaint || len(b) < minTaint || p.in.taints >= maxTaints {
		return
	}
	p.in.taints++
	p.in.redact.Taint(string(b))
}

// secretType reports whether t is one that holds secrets, or points to one, or is a list of them: one
// that package value knows, or one that is named for what it holds.
func secretType(t *debuginfo.Type) bool {
	secret, ok := secretTypes.Load(t)
	if !ok {
		secret = holdsSecrets(t)
		secretTypes.Store(t, secret)
	}
	return secret.(bool)
}

// secretTypes has what holdsSecrets has said.
var secretTypes sync.Map

func holdsSecrets(t *debuginfo.Type) bool {
	for range 4 {
		if t == nil {
			return false
		}
		if value.SecretType(typeName(t)) {
			return true
		}
		if name := identifier(t); name != "" {
			// The standard library has tokens of languages; its secrets package value knows.
			return namedForSecret(name) && t.Kind != reflect.Interface && t.Kind != reflect.Func && trace.KindOf(t.Package()) != trace.Standard
		}
		switch t.Kind {
		case reflect.Pointer, reflect.Slice, reflect.Array:
			t = t.Elem()
		default:
			return false
		}
	}
	return false
}

// namedForSecret reports whether a type of that name is a secret, as Password and APIKey
// are, and not merely about one, as PasswordHasher and TokenBucket are. A Session has
// fields that tell for themselves.
func namedForSecret(name string) bool {
	last := strings.LastIndexFunc(name, unicode.IsUpper)
	for last > 0 && unicode.IsUpper(rune(name[last-1])) { // "UserID"
		last--
	}
	last = max(0, last)
	switch strings.ToLower(name[last:]) {
	case "session", "sessions":
		return false
	}
	return redact.Name(name[last:]) || redact.Name(name) && !redact.Name(name[:last])
}

// In a struct that is a pair, the one field says what the other is.
var (
	pairName  = map[string]bool{"name": true, "key": true, "k": true, "field": true, "header": true}
	pairValue = map[string]bool{"value": true, "values": true, "val": true, "v": true, "data": true, "content": true}
)

// namesSecret reports whether v, a struct, has the name of a secret in it.
func (p *printer) namesSecret(v Value) bool {
	for _, f := range v.typ.Fields {
		t := f.Type()
		if t == nil || t.Kind != reflect.String || !pairName[strings.ToLower(f.Name)] {
			continue
		}
		if s, ok := v.part(f.Offset, t).Text(); ok && p.in.redact.Secret(s, "") {
			return true
		}
	}
	return false
}
