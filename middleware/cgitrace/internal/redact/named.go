package redact

import (
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
	`|\b(?:pwd|pass|dsn|otp|totp|sid|pin|cvv|cvc)|\b[a-z0-9_-]+[_-](?:pwd|pass|dsn|otp|pin))`

// afterName matches a secret's name, what separates it from its value, and the
// value: a quoted string, or what runs to the next separator.
var afterName = sync.OnceValue(func() *regexp.Regexp {
	return regexp.MustCompile(`(?i)(` + names + `)` +
		`(\\?["']?\]?\s*(?::=|=>|[:=])\s*[\[&]?)` +
		`("(?:[^"\\]|\\.)*"?|\\"(?:[^"\\]|\\[^"])*(?:\\")?|'[^']*'?|` + "`[^`]*`?" + `|[^\s"'` + "`" + `,;&)}\]]+)`)
})

// element is the content of an XML element of a secret's name.
var element = sync.OnceValue(func() *regexp.Regexp {
	return regexp.MustCompile(`(?i)(<(?:[\w.-]+:)?` + names + `(?:\s[^<>]*)?>)([^<]+)`)
})

// cookies are name-value pairs of any name: the whole line is theirs.
var cookies = sync.OnceValue(func() *regexp.Regexp {
	return regexp.MustCompile(`(?i)(\b(?:set-)?cookie["']?\s*[:=]\s*\[?)[^\r\n\]]+`)
})

// named masks in s what goes by a secret's name.
func named(s string) string {
	lower := strings.ToLower(s)
	if strings.Contains(lower, "cookie") {
		s = cookies().ReplaceAllString(s, "${1}"+Mask)
	}
	if !nameWords().any(lower) {
		return s
	}
	if strings.Contains(s, "</") {
		s = element().ReplaceAllString(s, "${1}"+Mask)
	}
	var b strings.Builder
	done := 0
	for from, to := range namedValues(s) {
		b.WriteString(s[done:from])
		b.WriteString(Mask)
		done = to
	}
	return b.String() + s[done:]
}

// namedValues yields where in s the values are that stand after secrets' names.
func namedValues(s string) func(yield func(from, to int) bool) {
	return func(yield func(from, to int) bool) {
		done := 0
		for _, m := range afterName().FindAllStringSubmatchIndex(s, -1) {
			from, to := m[6], m[7]
			if from < done {
				continue
			}
			if done = extent(s, s[m[4]:m[5]], from, to); !yield(from, done) {
				return
			}
		}
	}
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
