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

func shaped(s string) string {
	s = shapes().ReplaceAllString(s, Mask)
	return userinfo().ReplaceAllString(s, "${1}"+Mask+"@")
}

// afterName matches a secret's name, what separates it from its value, and the
// value: a quoted string, or what runs to the next separator.
var afterName = sync.OnceValue(func() *regexp.Regexp {
	return regexp.MustCompile(`(?i)([\w.-]*(?:` +
		`passw(?:or)?d|passphrase|passcode|secret|token|credential|authorization|signature|csrf|xsrf|jwt|` +
		`session[_-]?id|sessid|(?:api|access|private|signing|encryption|master)[_-]?key` +
		`)[\w-]*|\b(?:pwd|dsn|otp|totp|sid|pin|cvv|cvc)|\b[a-z0-9_-]+[_-](?:pwd|pass|dsn|otp|pin))` +
		`(\\?["']?\]?\s*(?::=|=>|[:=])\s*[\[&]?)` +
		`("(?:[^"\\]|\\.)*"?|\\"(?:[^"\\]|\\[^"])*(?:\\")?|'[^']*'?|` + "`[^`]*`?" + `|[^\s"'` + "`" + `,;&)}\]]+)`)
})

// cookies are name-value pairs of any name: the whole line is theirs.
var cookies = sync.OnceValue(func() *regexp.Regexp {
	return regexp.MustCompile(`(?i)(\b(?:set-)?cookie["']?\s*[:=]\s*\[?)[^\r\n\]]+`)
})

func named(s string) string {
	s = cookies().ReplaceAllString(s, "${1}"+Mask)
	return afterName().ReplaceAllString(s, "${1}${2}"+Mask)
}
