// Package redact finds secrets in what a panic report would otherwise show, and
// puts a mask of fixed width in their place.
//
// A secret is known by one of three things. By its name: the header Authorization,
// the form field password, the variable DB_PASSWORD ([Name]). By its shape: a JSON
// Web Token, a PEM block, the password in a URL. By taint: a value that was secret
// where this request carried it is secret wherever it turns up again, so that an
// error text which quotes a submitted password does not give it away
// ([Redactor.Taint]).
//
// Where the rules are in doubt they mask: a page that hides a harmless word costs
// a glance, one that shows a key costs the key.
package redact

import (
	"slices"
	"strings"
)

// Mask stands for every secret. It has one width, whatever it hides, and no
// character that a URL, a shell or JSON would have to quote.
const Mask = "REDACTED"

// Redactor masks the secrets of one request. It is made with [New], filled by the
// Taint methods, and may be filled further while it is in use; a Redactor serves one
// goroutine at a time.
type Redactor struct {
	extra   func(name, value string) bool
	values  matcher  // tainted, in all their forms
	whole   []string // tainted and long enough that a part of one is a secret too
	longest int      // of whole
	budget  int      // what is left of maxSearched
	flood   bool     // there are more tainted values than can be looked for
}

// maxValues bounds the forms of tainted values: a client can send any number, and each is
// looked for in all that is shown. Where there are more, nothing is shown.
const maxValues = 8000

// New returns a Redactor that applies the package's rules and, where extra is not
// nil, also masks each named value for which it reports true.
func New(extra func(name, value string) bool) *Redactor {
	return &Redactor{extra: extra}
}

// Secret reports whether the value called name is one to mask and to taint.
func (r *Redactor) Secret(name, value string) bool {
	return Name(name) || r.extra != nil && r.extra(name, value)
}

// Value returns value as it may be shown beside name.
func (r *Redactor) Value(name, value string) string {
	if value == "" {
		return ""
	}
	if r.Secret(name, value) {
		return Mask
	}
	return r.Text(value)
}

// Text masks in prose and data: tainted values, values of a secret's shape, and
// what stands after a secret's name, as in "password=…", "token: …" or JSON.
func (r *Redactor) Text(s string) string {
	return named(r.Code(s))
}

// Beginning is [Redactor.Text] for the beginning of a text that goes on: a secret that s
// breaks off in is masked as well.
func (r *Redactor) Beginning(s string) string {
	if n := r.broken(s); n > 0 {
		return r.Text(s[:len(s)-n]) + Mask
	}
	return r.Text(s)
}

// Code masks as Text does but for the rule about names, under which "token := next()"
// would lose its right side.
func (r *Redactor) Code(s string) string {
	if r.flood && s != "" || r.part(s) {
		return Mask
	}
	return shaped(r.values.mask(s))
}

// part reports whether s is a part of a tainted value, long enough and odd enough not to be
// one by chance: the first half of a key, a field of a credential.
func (r *Redactor) part(s string) bool {
	if len(s) < 8 || len(s) > r.longest || len(s) < 12 && !strings.ContainsAny(s, "0123456789") {
		return false
	}
	return slices.ContainsFunc(r.whole, func(v string) bool { return strings.Contains(v, s) })
}

// broken returns the length of the longest end of s, from four bytes, with which a
// tainted value begins.
func (r *Redactor) broken(s string) (longest int) {
	for _, v := range r.whole {
		for n := min(len(v), len(s)); n >= 4 && n > longest; n-- {
			if s[len(s)-1] == v[n-1] && strings.HasSuffix(s, v[:n]) {
				longest = n
			}
		}
	}
	return longest
}
