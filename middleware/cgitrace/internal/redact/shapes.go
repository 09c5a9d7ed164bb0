package redact

import (
	"regexp"
	"strings"
	"sync"
)

// shapes are the forms of values that are secret under any name. They compile when
// the first report is made: a program that never panics does not pay for them.
var shapes = sync.OnceValue(func() *regexp.Regexp {
	return regexp.MustCompile(strings.Join([]string{
		`(?s:-----BEGIN [A-Z0-9 ]*PRIVATE KEY-----.*?(?:-----END [A-Z0-9 ]*PRIVATE KEY-----|\z))`,
		`eyJ[A-Za-z0-9_-]{6,}\.[A-Za-z0-9_-]{4,}(?:\.[A-Za-z0-9_-]*)*`, // JWS and JWE, RFC 7515 §7.1
		`\b(?:AKIA|ASIA)[0-9A-Z]{16}\b`,                                // AWS access keys
		`\bgh[pousr]_[A-Za-z0-9]{16,}`,                                 // GitHub
		`\bgithub_pat_[A-Za-z0-9_]{16,}`,
		`\bglpat-[A-Za-z0-9_-]{16,}`,                                      // GitLab
		`\bxox[abeoprs]-[A-Za-z0-9-]{10,}`,                                // Slack
		`\b[srp]k_(?:live|test)_[A-Za-z0-9]{8,}`,                          // Stripe
		`\bwhsec_[A-Za-z0-9+/=]{16,}`,                                     // webhook signing keys
		`\bsk-[A-Za-z0-9_-]{20,}`,                                         // OpenAI, Anthropic
		`\bAIza[0-9A-Za-z_-]{30,}`,                                        // Google
		`\bnpm_[A-Za-z0-9]{30,}`,                                          // npm
		`\bSG\.[A-Za-z0-9_-]{16,}\.[A-Za-z0-9_-]{16,}`,                    // SendGrid
		`\$2[abxy]\$\d\d\$[./A-Za-z0-9]{53}`,                              // bcrypt
		`\$argon2(?:id|i|d)\$[A-Za-z0-9$=,+/.-]{16,}`,                     // argon2, PHC form
		`\bAGE-SECRET-KEY-1[0-9A-Z]{20,}`,                                 // age
		`(?i:\b(?:basic|bearer|negotiate|digest) [A-Za-z0-9+/=._~-]{8,})`, // RFC 9110 §11.4, quoted in a text
	}, "|"))
})

// userinfo is the password in a URL's authority (RFC 3986 §3.2.1).
var userinfo = sync.OnceValue(func() *regexp.Regexp {
	return regexp.MustCompile(`(//[^/\s:@"'?#]*:)[^/\s@"'?#]+@`)
})

// dialled is the password in the form in which Go's MySQL driver is told where to connect.
var dialled = sync.OnceValue(func() *regexp.Regexp {
	return regexp.MustCompile(`([\w.-]*:)([^\s"']+)(@(?:tcp6?|unix)\()`)
})

// Looking for a few words is some hundred times as fast as looking for the patterns
// that begin with them, and most text has none: the pattern is tried where a word is found.
var (
	shapeWords = []string{
		"-----begin", "eyj", "akia", "asia", "ghp_", "gho_", "ghu_", "ghs_", "ghr_", "github_pat_", "glpat-", "xox",
		"k_live_", "k_test_", "whsec_", "sk-", "aiza", "npm_", "sg.", "$2", "$argon2", "age-secret", "basic ", "bearer ", "negotiate ", "digest ",
	}
	nameWords = sync.OnceValue(func() []string {
		words := []string{
			"passw", "passphrase", "passcode", "secret", "token", "credential", "authorization", "signature",
			"csrf", "xsrf", "jwt", "sessid", "sessionid", "session_id", "session-id", "_pass", "-pass",
		}
		for _, kind := range []string{"api", "access", "account", "subscription", "private", "signing", "encryption", "master"} {
			words = append(words, kind+"key", kind+"_key", kind+"-key")
		}
		for _, short := range []string{"pwd", "pass", "dsn", "otp", "sid", "pin", "cvv", "cvc"} { // "inside", "mapping"
			for _, after := range []string{"=", ":", `"`, "'", "]", `\\`, " ", "\t", "\n", "\r"} {
				words = append(words, short+after)
			}
		}
		return words
	})
)

func shaped(s string) string {
	if containsAny(strings.ToLower(s), shapeWords) {
		s = shapes().ReplaceAllString(s, Mask)
	}
	if strings.Contains(s, "//") && strings.Contains(s, "@") {
		s = userinfo().ReplaceAllString(s, "${1}"+Mask+"@")
	}
	if strings.Contains(s, "@tcp") || strings.Contains(s, "@unix(") {
		s = dialled().ReplaceAllString(s, "${1}"+Mask+"${3}")
	}
	return s
}

func containsAny(s string, words []string) bool {
	for _, w := range words {
		if strings.Contains(s, w) {
			return true
		}
	}
	return false
}

// afterName matches a secret's name, what separates it from its value, and the
// value: a quoted string, or what runs to the next separator.
var afterName = sync.OnceValue(func() *regexp.Regexp {
	return regexp.MustCompile(`(?i)([\w.-]*(?:` +
		`passw(?:or)?d|passphrase|passcode|secret|token|credential|authorization|signature|csrf|xsrf|jwt|` +
		`session[_-]?id|sessid|(?:api|access|account|subscription|private|signing|encryption|master)[_-]?key` +
		`)[\w-]*|\b(?:pwd|pass|dsn|otp|totp|sid|pin|cvv|cvc)|\b[a-z0-9_-]+[_-](?:pwd|pass|dsn|otp|pin))` +
		`(\\?["']?\]?\s*(?::=|=>|[:=])\s*[\[&]?)` +
		`("(?:[^"\\]|\\.)*"?|\\"(?:[^"\\]|\\[^"])*(?:\\")?|'[^']*'?|` + "`[^`]*`?" + `|[^\s"'` + "`" + `,;&)}\]]+)`)
})

// cookies are name-value pairs of any name: the whole line is theirs.
var cookies = sync.OnceValue(func() *regexp.Regexp {
	return regexp.MustCompile(`(?i)(\b(?:set-)?cookie["']?\s*[:=]\s*\[?)[^\r\n\]]+`)
})

func named(s string) string {
	lower := strings.ToLower(s)
	if strings.Contains(lower, "cookie") {
		s = cookies().ReplaceAllString(s, "${1}"+Mask)
	}
	if containsAny(lower, nameWords()) {
		s = afterName().ReplaceAllString(s, "${1}${2}"+Mask)
	}
	return s
}
