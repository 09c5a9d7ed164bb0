package redact

import (
	"net/url"
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
	return regexp.MustCompile(`(//[^/\s:@"'?#]*:)([^/\s@"'?#]+)@`)
})

// dialled is the password in the form in which Go's MySQL driver is told where to connect.
var dialled = sync.OnceValue(func() *regexp.Regexp {
	return regexp.MustCompile(`([\w.-]*:)([^\s"']+)(@(?:tcp6?|unix)\()`)
})

// Looking for a few words is some hundred times as fast as looking for the patterns
// that begin with them, and most text has none: the pattern is tried where a word is found.
var shapeWords = sync.OnceValue(func() *matcher {
	return anyOf(
		"-----begin", "eyj", "akia", "asia", "ghp_", "gho_", "ghu_", "ghs_", "ghr_", "github_pat_", "glpat-", "xox",
		"k_live_", "k_test_", "whsec_", "sk-", "aiza", "npm_", "sg.", "$2a", "$2b", "$2x", "$2y", "$argon2", "age-secret",
		"basic ", "bearer ", "negotiate ", "digest ",
	)
})

func shaped(s string) string {
	if shapeWords().any(strings.ToLower(s)) {
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

// taintShapes taints what in s has the shape of a secret: elsewhere it may be written
// in a way that has not.
func (r *Redactor) taintShapes(s string) {
	if shapeWords().any(strings.ToLower(s)) {
		for _, v := range shapes().FindAllString(s, maxValues) {
			r.Taint(v)
		}
	}
	if strings.Contains(s, "//") && strings.Contains(s, "@") {
		for _, m := range userinfo().FindAllStringSubmatch(s, maxValues) {
			r.Taint(m[2])
			if plain, err := url.PathUnescape(m[2]); err == nil {
				r.Taint(plain)
			}
		}
	}
}
