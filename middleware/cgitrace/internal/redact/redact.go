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
	"cmp"
	"slices"
	"strings"
)

// Mask stands for every secret. It has one width, whatever it hides, and no
// character that a URL, a shell or JSON would have to quote.
const Mask = "REDACTED"

// Redactor masks the secrets of one request. It is made with [New], filled by the
// Taint methods, and then only read; a Redactor serves one goroutine at a time.
type Redactor struct {
	extra  func(name, value string) bool
	values []string // tainted, the longest first
	known  map[string]bool
	sorted bool
	flood  bool // there are more tainted values than can be looked for
}

// maxValues bounds the tainted values: a client can send any number, and each is looked
// for in all that is shown. Where there are more, nothing is shown.
const maxValues = 4000

// New returns a Redactor that applies the package's rules and, where extra is not
// nil, also masks each named value for which it reports true.
func New(extra func(name, value string) bool) *Redactor {
	return &Redactor{extra: extra, known: make(map[string]bool)}
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

// Code masks as Text does but for the rule about names, under which
// "token := next()" would lose its right side.
func (r *Redactor) Code(s string) string {
	if r.flood && s != "" {
		return Mask
	}
	if !r.sorted {
		slices.SortFunc(r.values, func(a, b string) int {
			return cmp.Or(len(b)-len(a), strings.Compare(a, b))
		})
		r.sorted = true
	}
	for _, v := range r.values {
		if len(v) < wordLength {
			s = replaceWord(s, v)
		} else {
			s = strings.ReplaceAll(s, v, Mask)
		}
	}
	return shaped(s)
}
