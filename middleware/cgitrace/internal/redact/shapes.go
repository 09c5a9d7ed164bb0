package redact

import (
	"iter"
	"net/url"
	"regexp"
	"strings"
	"sync"
)

// The forms of values that are secret under any name. They compile when the first report is
// made: a program that never panics does not pay for them.
var (
	// anywhere are those that can begin within a word.
	anywhere = sync.OnceValue(func() *regexp.Regexp {
		return regexp.MustCompile(`^(?:` + strings.Join([]string{
			`(?s:-----BEGIN [A-Z0-9 ]*PRIVATE KEY-----.*?(?:-----END [A-Z0-9 ]*PRIVATE KEY-----|\z))`,
			`eyJ[A-Za-z0-9_-]{6,}\.[A-Za-z0-9_-]{4,}(?:\.[A-Za-z0-9_-]*)*`, // JWS and JWE, RFC 7515 §7.1
			`\$2[abxy]\$\d\d\$[./A-Za-z0-9]{53}`,                           // bcrypt
			`\$argon2(?:id|i|d)\$[A-Za-z0-9$=,+/.-]{16,}`,                  // argon2, PHC form
		}, "|") + `)`)
	})
	// atWord are those that begin a word.
	atWord = sync.OnceValue(func() *regexp.Regexp {
		return regexp.MustCompile(`^(?:` + strings.Join([]string{
			`(?:AKIA|ASIA)[0-9A-Z]{16}\b`, // AWS access keys
			`gh[pousr]_[A-Za-z0-9]{16,}`,  // GitHub
			`github_pat_[A-Za-z0-9_]{16,}`,
			`glpat-[A-Za-z0-9_-]{16,}`,                                        // GitLab
			`xox[abeoprs]-[A-Za-z0-9-]{10,}`,                                  // Slack
			`[srp]k_(?:live|test)_[A-Za-z0-9]{8,}`,                            // Stripe
			`whsec_[A-Za-z0-9+/=]{16,}`,                                       // webhook signing keys
			`sk-[A-Za-z0-9_-]{20,}`,                                           // OpenAI, Anthropic
			`AIza[0-9A-Za-z_-]{30,}`,                                          // Google
			`npm_[A-Za-z0-9]{30,}`,                                            // npm
			`SG\.[A-Za-z0-9_-]{16,}\.[A-Za-z0-9_-]{16,}`,                      // SendGrid
			`AGE-SECRET-KEY-1[0-9A-Z]{20,}`,                                   // age
			`(?i:(?:basic|bearer|negotiate|digest) )([A-Za-z0-9+/=._~-]{8,})`, // RFC 9110 §11.4, quoted in a text
		}, "|") + `)`)
	})
)

// shapeWords are what such values have near their beginning, in small letters.
var shapeWords = sync.OnceValue(func() *matcher {
	return anyOf(
		"-----begin", "eyj", "akia", "asia", "ghp_", "gho_", "ghu_", "ghs_", "ghr_", "github_pat_", "glpat-", "xox",
		"sk_live_", "sk_test_", "rk_live_", "rk_test_", "pk_live_", "pk_test_", "whsec_", "sk-", "aiza", "npm_", "sg.",
		"$2a", "$2b", "$2x", "$2y", "$argon2", "age-secret", "basic ", "bearer ", "negotiate ", "digest ",
	)
})

// shapes yields where in s the values of these forms are.
func shapes(s string) iter.Seq2[int, int] {
	return func(yield func(from, to int) bool) {
		lower := lowered(s)
		for at := 0; ; {
			i := shapeWords().next(lower, at)
			if i < 0 {
				return
			}
			m := try(anywhere(), s, i)
			if m == nil && (i == 0 || !isName(s[i-1]) || s[i-1] == '-' || s[i-1] == '.') {
				m = try(atWord(), s, i)
				if m != nil && m[2] >= 0 && prose(s[m[2]:m[3]]) {
					m = nil
				}
			}
			if at = i + 1; m == nil {
				continue
			}
			if at = m[1]; !yield(i, at) {
				return
			}
		}
	}
}

// prose reports whether what stands after "basic" is a word, as in "basic authentication".
func prose(s string) bool {
	return strings.IndexFunc(strings.TrimRight(s, "."), func(c rune) bool { return c < 'a' || c > 'z' }) < 0
}

// userinfo is the password in a URL's authority (RFC 3986 §3.2.1).
var userinfo = sync.OnceValue(func() *regexp.Regexp {
	return regexp.MustCompile(`(//[^/\s:@"'?#]*:)([^/\s@"'?#]+)@`)
})

// dialled is the password in the form in which Go's MySQL driver is told where to connect.
var dialled = sync.OnceValue(func() *regexp.Regexp {
	return regexp.MustCompile(`([\w.-]*:)([^\s"']+)(@(?:tcp6?|unix)\()`)
})

// shaped masks in s what has the shape of a secret.
func shaped(s string) string {
	if shapeWords().any(lowered(s)) {
		s = masked(s, shapes(s))
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
	for from, to := range shapes(s) {
		r.Taint(s[from:to])
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
