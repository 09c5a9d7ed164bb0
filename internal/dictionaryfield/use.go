package dictionaryfield

import (
	"errors"
	"fmt"
	"strings"
)

// Use is what a response says it can be a dictionary for: the field Use-As-Dictionary (RFC 9842 §2.1).
type Use struct {
	Match string   // pattern of URLs: see package urlpattern
	Dest  []string // destinations of requests, in the terms of the Fetch standard ("" is that of fetch()); none: all
	ID    string   // comes back in Dictionary-ID
	Type  string   // format of the dictionary; after ParseUse never ""; for String, "" is "raw"
}

// maxID is the length of the longest ID (RFC 9842 §2.1.3).
const maxID = 1024

// maxUse bounds the work that one response can cause.
const maxUse = 16 << 10

// ParseUse reads the lines of a Use-As-Dictionary. A field that breaks the grammar anywhere, or that lacks
// a match, means nothing (RFC 9651 §4.2). Members and parameters that are not known are ignored.
func ParseUse(lines []string) (Use, error) {
	n := 0
	for _, line := range lines {
		n += len(line)
	}
	if n > maxUse {
		return Use{}, fmt.Errorf("dictionaryfield: Use-As-Dictionary has %d bytes", n)
	}
	p := parser{rest: strings.Join(lines, ",")}
	u := Use{Type: "raw"}
	var match, dest, id, kind value
	kind.kind, kind.text = token, "raw"
	ok := p.dictionary(func(key string, v value) {
		switch key { // of several members with one key the last counts
		case "match":
			match = v
		case "match-dest":
			dest = v
		case "id":
			id = v
		case "type":
			kind = v
		}
	})
	switch {
	case !ok:
		return Use{}, errors.New("dictionaryfield: Use-As-Dictionary is malformed")
	case match.kind != text || match.text == "":
		return Use{}, errors.New("dictionaryfield: Use-As-Dictionary: match is not there, or no string")
	case dest.kind != absent && dest.kind != list:
		return Use{}, errors.New("dictionaryfield: Use-As-Dictionary: match-dest is no list")
	case id.kind != absent && id.kind != text || len(id.text) > maxID:
		return Use{}, fmt.Errorf("dictionaryfield: Use-As-Dictionary: id is no string of up to %d characters", maxID)
	case kind.kind != token:
		return Use{}, errors.New("dictionaryfield: Use-As-Dictionary: type is no token")
	}
	for _, item := range dest.items {
		if item.kind != text {
			return Use{}, errors.New("dictionaryfield: Use-As-Dictionary: match-dest has what is no string")
		}
		u.Dest = append(u.Dest, item.text)
	}
	u.Match, u.ID, u.Type = match.text, id.text, kind.text
	return u, nil
}

// Fault returns the name of a field of u that cannot be written, and what is wrong with it; "" if u
// can be written.
func (u Use) Fault() (field, why string) {
	switch {
	case u.Match == "":
		return "Match", "is empty"
	case !isText(u.Match):
		return "Match", fmt.Sprintf("is %q; it can have printable ASCII characters only, so percent-encode the others", u.Match)
	case len(u.ID) > maxID:
		return "ID", fmt.Sprintf("has %d characters; it can have up to %d", len(u.ID), maxID)
	case !isText(u.ID):
		return "ID", fmt.Sprintf("is %q; it can have printable ASCII characters only", u.ID)
	}
	for i, d := range u.Dest {
		if !isText(d) {
			return fmt.Sprintf("Dest[%d]", i), fmt.Sprintf("is %q; it is to be a destination such as \"document\"", d)
		}
	}
	if p := (parser{rest: u.Type}); u.Type != "" && (!p.token() || p.rest != "") {
		return "Type", fmt.Sprintf("is %q, which is no token", u.Type)
	}
	if n := len(u.String()); n > maxUse {
		return "Dest", fmt.Sprintf("makes a field of %d bytes; it can have up to %d", n, maxUse)
	}
	return "", ""
}

// String returns the field's value, if u is valid.
func (u Use) String() string {
	var b strings.Builder
	b.WriteString("match=")
	writeText(&b, u.Match)
	if len(u.Dest) > 0 {
		b.WriteString(", match-dest=(")
		for i, d := range u.Dest {
			if i > 0 {
				b.WriteByte(' ')
			}
			writeText(&b, d)
		}
		b.WriteByte(')')
	}
	if u.ID != "" {
		b.WriteString(", id=")
		writeText(&b, u.ID)
	}
	if u.Type != "" && u.Type != "raw" {
		b.WriteString(", type=" + u.Type)
	}
	return b.String()
}

// writeText writes a string (RFC 9651 §4.1.6).
func writeText(b *strings.Builder, s string) {
	b.WriteByte('"')
	for i := range len(s) {
		if s[i] == '"' || s[i] == '\\' {
			b.WriteByte('\\')
		}
		b.WriteByte(s[i])
	}
	b.WriteByte('"')
}

// isText reports whether s can be written as a string.
func isText(s string) bool {
	for i := range len(s) {
		if s[i] < ' ' || s[i] > '~' {
			return false
		}
	}
	return true
}
