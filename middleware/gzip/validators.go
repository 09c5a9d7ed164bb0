package gzip

import (
	"maps"
	"net/http"
	"strings"
)

// A strong entity tag names one sequence of bytes, so the coded body needs another one
// than the plain one (RFC 9110 §8.8.3.3): "v1" becomes "v1-gzip". The handler
// knows nothing of that. What the client sends back is therefore translated on its way in, and a 304
// on its way out. Weak tags are true of both bodies and stay as they are.

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

// strongTag returns the opaque part of an ETag field that has a strong tag and nothing
// else.
func strongTag(field string) (opaque string, ok bool) {
	tag, rest, ok := nextTag(strings.Trim(field, " \t"))
	return tag.opaque, ok && !tag.weak && rest == ""
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
func (rs *rules) translate(lines []string, use func(*coding) bool) (plain string, ok bool) {
	var b strings.Builder
	whole := eachTag(lines, func(tag entityTag) {
		if b.Len() > 0 {
			b.WriteString(", ")
		}
		if tag.weak {
			b.WriteString("W/")
		}
		opaque := tag.opaque
		for _, c := range rs.codings {
			if cut, found := strings.CutSuffix(opaque, c.suffix); found && use(c) {
				opaque, ok = cut, true
				break
			}
		}
		b.WriteString(`"` + opaque + `"`)
	})
	return b.String(), ok && whole
}

// revalidation returns the request that the handler should see in place of r: one whose
// preconditions name the tags that the handler gave. It is nil when r does as it is, and r
// is not changed.
//
// Of the tags in If-None-Match only those are translated whose coding the client takes
// with this request: a cache may name all that it has, and must not be told that a body
// which its present client cannot read is fresh (RFC 9111 §4.3.3). If-Range is left
// alone: ranges are served of the plain body only, so a coded one is never continued.
func (rs *rules) revalidation(r *http.Request) *http.Request {
	none, match := r.Header["If-None-Match"], r.Header["If-Match"]
	if none == nil && match == nil {
		return nil
	}
	accepted := r.Header["Accept-Encoding"]
	plainNone, translateNone := rs.translate(none, rs.taker(accepted))
	plainMatch, translateMatch := rs.translate(match, func(*coding) bool { return true })
	if !translateNone && !translateMatch {
		return nil
	}
	inner := r.WithContext(r.Context())
	inner.Header = maps.Clone(r.Header)
	if translateNone {
		inner.Header["If-None-Match"] = []string{plainNone}
	}
	if translateMatch {
		inner.Header["If-Match"] = []string{plainMatch}
	}
	return inner
}

// taker returns c.takes for one client. It asks once for each coding: a request may
// have many thousand tags, and about as much in Accept-Encoding.
func (rs *rules) taker(accepted []string) func(*coding) bool {
	var known map[*coding]bool
	return func(c *coding) bool {
		takes, ok := known[c]
		if !ok {
			if known == nil {
				known = make(map[*coding]bool, len(rs.codings))
			}
			takes = c.takes(accepted)
			known[c] = takes
		}
		return takes
	}
}

// suffixTag makes a strong entity tag that of the coded body.
func (r *response) suffixTag(h http.Header) {
	if field := h["Etag"]; len(field) == 1 {
		if opaque, ok := strongTag(field[0]); ok {
			h["Etag"] = r.value(`"` + opaque + r.coding.suffix + `"`)
		}
	}
}

// restoreTag gives the entity tag of a 304 the suffix with which the client sent it. Of
// several it is that of the coding which a 200 would have now; a client that sent the
// plain tag too gets that back otherwise.
func (r *response) restoreTag(h http.Header) {
	field := h["Etag"]
	if len(field) != 1 {
		return
	}
	opaque, ok := strongTag(field[0])
	if !ok {
		return
	}
	var sent *coding
	plain, chosen, takes := false, r.rules.choose(r.accepted), r.rules.taker(r.accepted)
	eachTag(r.request.Header["If-None-Match"], func(tag entityTag) {
		plain = plain || tag.opaque == opaque
		for _, c := range r.rules.codings {
			cut, found := strings.CutSuffix(tag.opaque, c.suffix)
			if found && cut == opaque && takes(c) && (sent == nil || c == chosen) {
				sent = c
			}
		}
	})
	if sent != nil && (sent == chosen || !plain) {
		h["Etag"] = r.value(`"` + opaque + sent.suffix + `"`)
	}
}
