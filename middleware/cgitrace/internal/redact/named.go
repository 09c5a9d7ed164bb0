package redact

import (
	"iter"
	"regexp"
	"strings"
	"sync"
)

// kinds are the keys that are secrets: apiKey, api_key, api-key. Others, of maps and
// tables, are none.
var kinds = []string{
	"api", "app", "access", "account", "auth", "subscription", "functions", "private", "shared", "signing", "encryption", "master", "hash", "block",
	"hmac", "aes", "ssh", "webhook",
}

// nameWords are what a text has in it where afterName may match.
var nameWords = sync.OnceValue(func() *matcher {
	m := anyOf(
		"passw", "passphrase", "passcode", "secret", "token", "credential", "authorization", "signature",
		"csrf", "xsrf", "jwt", "sessid", "sessionid", "session_id", "session-id", "_pass", "-pass",
	)
	for _, kind := range kinds {
		m.add(kind + "key")
		m.add(kind + "_key")
		m.add(kind + "-key")
	}
	for _, short := range []string{"pwd", "pass", "dsn", "otp", "sid", "pin", "cvv", "cvc"} { // "inside", "mapping"
		for _, after := range []string{"=", ":", ">", `"`, "'", "]", `\`, " ", "\t", "\n", "\r"} {
			m.add(short + after)
		}
	}
	return m
})

// names is a pattern of the names that are looked for in texts.
var names = `(?:[\w.-]*(?:passw(?:or)?d|passphrase|passcode|secret|token|credential|authorization|signature|csrf|xsrf|jwt|` +
	`session[_-]?id|sessid|(?:` + strings.Join(kinds, "|") + `)[_-]?key)[\w-]*` +
	`|(?:[\w.-]*[_.-])?(?:pwd|pass|dsn|otp|totp|sid|pin|cvv|cvc))`

// afterName matches a secret's name at the beginning of a text, what separates it from
// its value, and the value: a quoted string, or what runs to the next separator.
var afterName = sync.OnceValue(func() *regexp.Regexp {
	return regexp.MustCompile(`^(?i)(` + names + `)` +
		`(\\?["']?\]?\s*(?::=|=>|[:=])\s*[\[&]?)` +
		`("(?:[^"\\]|\\.)*"?|\\"(?:[^"\\]|\\[^"])*(?:\\")?|'[^']*'?|` + "`[^`]*`?" + `|[^\s"'` + "`" + `,;&)}\]]+)`)
})

// element is the content of an XML element of a secret's name.
var element = sync.OnceValue(func() *regexp.Regexp {
	return regexp.MustCompile(`(?i)(<(?:[\w.-]+:)?` + names + `(?:\s[^<>]*)?>)([^<]+)`)
})

// cookies are name-value pairs of any name: the whole line is theirs.
var cookies = sync.OnceValue(func() *regexp.Regexp {
	return regexp.MustCompile(`^(?i)cookie["']?\s*[:=]\s*\[?([^\r\n\]]+)`)
})

// named masks in s what goes by a secret's name.
func named(s string) string {
	lower := lowered(s)
	if strings.Contains(lower, "cookie") {
		s = masked(s, cookieValues(s, lower))
		lower = lowered(s)
	}
	if !nameWords().any(lower) {
		return s
	}
	if strings.Contains(s, "</") {
		s = element().ReplaceAllString(s, "${1}"+Mask)
	}
	return masked(s, namedValues(s))
}

// masked returns s with those parts masked.
func masked(s string, parts iter.Seq2[int, int]) string {
	var b strings.Builder
	done := 0
	for from, to := range parts {
		b.WriteString(s[done:from])
		b.WriteString(Mask)
		done = to
	}
	if done == 0 {
		return s
	}
	return b.String() + s[done:]
}

// lowered is s with its ASCII letters small. It is as long as s.
func lowered(s string) string {
	i := strings.IndexFunc(s, func(c rune) bool { return 'A' <= c && c <= 'Z' })
	if i < 0 {
		return s
	}
	b := []byte(s)
	for ; i < len(b); i++ {
		if 'A' <= b[i] && b[i] <= 'Z' {
			b[i] += 'a' - 'A'
		}
	}
	return string(b)
}

// A pattern is tried where a word of its is found, on so many bytes from there: over a
// whole text, such as the stacks of all goroutines, it would take some hundred times as long.
const tried = 1 << 10

// try returns the submatches at s[at:], as indices into s. What does not end within the
// bytes tried is tried on all.
func try(pattern *regexp.Regexp, s string, at int) []int {
	end := min(len(s), at+tried)
	m := pattern.FindStringSubmatchIndex(s[at:end])
	if m != nil && at+m[1] == end && end < len(s) {
		m = pattern.FindStringSubmatchIndex(s[at:])
	}
	for i := range m {
		if m[i] >= 0 {
			m[i] += at
		}
	}
	return m
}

// cookieValues yields where in s the lines of cookies are. lower is lowered(s).
func cookieValues(s, lower string) iter.Seq2[int, int] {
	return func(yield func(from, to int) bool) {
		for at := 0; ; {
			i := strings.Index(lower[at:], "cookie")
			if i < 0 {
				return
			}
			from := at + i
			at = from + len("cookie")
			if from > 0 && isName(s[from-1]) && s[from-1] != '-' && s[from-1] != '.' {
				continue
			}
			if m := try(cookies(), s, from); m != nil {
				if !yield(m[2], m[3]) {
					return
				}
				at = m[3]
			}
		}
	}
}

// maxName bounds the length of a name.
const maxName = 128

// namedValues yields where in s the values are that stand after secrets' names.
func namedValues(s string) iter.Seq2[int, int] {
	return func(yield func(from, to int) bool) {
		lower := lowered(s)
		for at := 0; ; {
			i := nameWords().next(lower, at)
			if i < 0 {
				return
			}
			begin, end := i, i
			for begin > max(at, i-maxName) && isName(s[begin-1]) {
				begin--
			}
			for end < len(s) && isName(s[end]) {
				end++
			}
			at = max(end, i+1) // what is left of the name has no other beginning
			if m := try(afterName(), s, begin); m != nil {
				to := extent(s, s[m[4]:m[5]], m[6], m[7])
				if !yield(m[6], to) {
					return
				}
				at = max(at, to)
			}
		}
	}
}

// isName reports whether c can be in a name.
func isName(c byte) bool {
	return c == '_' || c == '.' || c == '-' || '0' <= c && c <= '9' || 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z'
}

// maxExtent bounds the search for the end of a value.
const maxExtent = 1 << 10

// extent returns the end of the value s[from:to], which may be several words in what fmt
// prints of structs and maps: {Password:correct horse User:ada}. There no space stands between
// the name and its value, and the next name or a bracket ends it.
func extent(s, separator string, from, to int) int {
	if separator[0] != ':' || strings.ContainsAny(separator, "\"' \t\n=") || strings.IndexByte("\"'`\\", s[from]) >= 0 {
		return to
	}
	depth := strings.Count(separator, "[")
	open := depth > 0
	for i := from; i < min(len(s), from+maxExtent); i++ {
		switch s[i] {
		case '{', '[':
			depth++
			open = true
		case '}', ']':
			if depth--; depth < 0 || depth == 0 && strings.Contains(separator, "[") {
				return i
			}
			if depth == 0 && open {
				return i + 1
			}
		case '\n':
			return to
		case ' ':
			if depth == 0 && i >= to && nextName().MatchString(s[i:]) {
				return i
			}
		}
	}
	return to
}

// nextName is the beginning of what follows a value.
var nextName = sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(`^ [A-Za-z_][\w.-]*:`) })
