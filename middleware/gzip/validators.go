package gzip

import (
	"maps"
	"net/http"
	"strings"

	"github.com/surcoat/surcoat/internal/accept"
)

// A strong entity tag names one sequence of bytes, so the coded body needs another one
// than the plain one (RFC 9110 §8.8.3.3): "v1" becomes "v1-gzip". The handler
// knows nothing of that. What the client sends back is therefore translated on its way in, and a 304
// on its way out. Weak tags are true of both bodies and stay as they are, but for those of bodies that
// were made with a dictionary: to a cache that goes by tags alone, as when the Vary of what it has does
// not fit (RFC 9110 §13.1.2), a 304 would say that anybody can read those.

// entityTag is a member of If-None-Match or If-Match.
type entityTag struct {
	weak   bool
	opaque string // without its quotes
}

// nextTag parses the first entity tag of s (RFC 9110 §8.8.3).
func nextTag(s string) (tag entityTag, rest string, ok bool) {
	s, tag.weak = strings.CutPrefix(s, "W/")
	if s == "" || s[0] != '"' {
		return entityTag{}, "", false
	}
	end := 1
	for ; end < len(s) && s[end] != '"'; end++ {
		if c := s[end]; c < '!' || c == 0x7f { // obs-text is allowed
			return entityTag{}, "", false
		}
	}
	if end == len(s) {
		return entityTag{}, "", false
	}
	tag.opaque = s[1:end]
	return tag, s[end+1:], true
}

// soleTag parses an ETag field that has a tag and nothing else.
func soleTag(field string) (tag entityTag, ok bool) {
	tag, rest, ok := nextTag(strings.Trim(field, " \t"))
	return tag, ok && rest == ""
}

// strongTag returns the opaque part of an ETag field that has a strong tag and nothing
// else.
func strongTag(field string) (opaque string, ok bool) {
	tag, ok := soleTag(field)
	return tag.opaque, ok && !tag.weak
}

// takes reports whether a body in the coding of that suffix has it in its tag, if t is that of the plain
// body.
func (t entityTag) takes(suffix string) bool {
	return !t.weak || strings.HasPrefix(suffix, dczSuffix)
}

// eachTag calls yield with the entity tags of a list field. It returns false, and calls
// yield no more, where the list is malformed; "*" is not a list of tags.
func eachTag(lines []string, yield func(entityTag)) bool {
	for _, line := range lines {
		for rest := strings.TrimLeft(line, " \t,"); rest != ""; {
			tag, after, ok := nextTag(rest)
			if !ok {
				return false
			}
			after = strings.TrimLeft(after, " \t")
			if after != "" && after[0] != ',' {
				return false
			}
			yield(tag)
			rest = strings.TrimLeft(after, " \t,")
		}
	}
	return true
}

// translate returns a list of entity tags without the suffixes that use knows about. ok is
// false when there is nothing to translate, or when the list is malformed, which is
// for the handler to judge.
//
// weakened says that tags were strong before they got the suffix, as they are where bodies
// are padded.
func (rs *rules) translate(lines []string, weakened bool, use func(suffix string) bool) (plain string, ok bool) {
	var b strings.Builder
	whole := eachTag(lines, func(tag entityTag) {
		if b.Len() > 0 {
			b.WriteString(", ")
		}
		opaque, suffix := rs.cutSuffix(tag.opaque)
		translated := suffix != "" && use(suffix)
		if !translated {
			opaque = tag.opaque
		}
		ok = ok || translated
		if tag.weak && !(translated && weakened) {
			b.WriteString("W/")
		}
		b.WriteString(`"` + opaque + `"`)
	})
	return b.String(), ok && whole
}

// cutSuffix takes the suffix of a coding off a tag's opaque part. Without one, suffix is "".
func (rs *rules) cutSuffix(opaque string) (cut, suffix string) {
	for _, c := range rs.codings {
		if cut, ok := strings.CutSuffix(opaque, c.suffix); ok {
			return cut, c.suffix
		}
	}
	if i := len(opaque) - len(dczSuffix) - dczDigits; i >= 0 && strings.HasPrefix(opaque[i:], dczSuffix) &&
		strings.Trim(opaque[i+len(dczSuffix):], "0123456789abcdef") == "" {
		return opaque[:i], opaque[i:]
	}
	return opaque, ""
}

// revalidation returns the request that the handler should see in place of r's: one whose
// preconditions name the tags that the handler gave. It is nil when r's does as it is, and that
// is not changed.
//
// Of the tags in If-None-Match only those are translated whose coding the client takes
// with this request, and whose dictionary it has: a cache may name all that it has, and
// must not be told that a body which its present client cannot read is fresh (RFC 9111 §4.3.3).
// If-Range is left alone: ranges are served of the plain body only, so a coded one is never
// continued.
func (r *response) revalidation() *http.Request {
	in := r.request
	none, match := in.Header["If-None-Match"], in.Header["If-Match"]
	if none == nil && match == nil {
		return nil
	}
	plainNone, translateNone := r.rules.translate(none, r.rules.padding > 0, r.taker())
	plainMatch, translateMatch := r.rules.translate(match, false, func(string) bool { return true })
	if !translateNone && !translateMatch {
		return nil
	}
	inner := in.WithContext(in.Context())
	inner.Header = maps.Clone(in.Header)
	if translateNone {
		inner.Header["If-None-Match"] = []string{plainNone}
	}
	if translateMatch {
		inner.Header["If-Match"] = []string{plainMatch}
	}
	return inner
}

// taker reports whether a body with a suffix in its tag is of use to the client. It finds out once
// for each coding: a request may have many thousand tags, and about as much in
// Accept-Encoding.
func (r *response) taker() func(suffix string) bool {
	var known map[string]bool
	return func(suffix string) bool {
		if strings.HasPrefix(suffix, dczSuffix) {
			return r.dictionary != nil && r.dictionary.coding.suffix == suffix
		}
		takes, ok := known[suffix]
		if !ok {
			if known == nil {
				known = make(map[string]bool, len(r.rules.codings))
			}
			takes = len(r.accepted) == 0 || accept.Coding(r.accepted, suffix[1:]) > 0
			known[suffix] = takes
		}
		return takes
	}
}

// suffixTag makes the entity tag that of the coded body.
func (r *response) suffixTag(h http.Header) {
	if field := h["Etag"]; len(field) == 1 {
		if tag, ok := soleTag(field[0]); ok && tag.takes(r.coding.suffix) {
			h["Etag"] = r.value(r.codedTag(tag, r.coding.suffix))
		}
	}
}

// codedTag returns the tag of a body that would have the given one in the plain. With
// padding it is true of many bodies.
func (r *response) codedTag(plain entityTag, suffix string) string {
	if plain.weak || r.rules.padding > 0 {
		return `W/"` + plain.opaque + suffix + `"`
	}
	return `"` + plain.opaque + suffix + `"`
}

// restoreTag gives the entity tag of a 304 the suffix with which the client sent it. Of
// several it is that of the coding which a 200 would have now; a client that sent the
// plain tag too gets that back otherwise.
func (r *response) restoreTag(h http.Header) {
	field := h["Etag"]
	if len(field) != 1 {
		return
	}
	own, ok := soleTag(field[0])
	if !ok {
		return
	}
	chosen := ""
	if c := r.rules.choose(r.accepted); c != nil {
		chosen = c.suffix
	}
	if r.dictionary != nil {
		chosen = r.dictionary.coding.suffix
	}
	plain, sent, takes := false, "", r.taker()
	eachTag(r.request.Header["If-None-Match"], func(tag entityTag) {
		plain = plain || tag.opaque == own.opaque
		cut, suffix := r.rules.cutSuffix(tag.opaque)
		if suffix != "" && cut == own.opaque && own.takes(suffix) && takes(suffix) && (sent == "" || suffix == chosen) {
			sent = suffix
		}
	})
	if sent != "" && (sent == chosen || !plain) {
		h["Etag"] = r.value(r.codedTag(own, sent))
	}
}
