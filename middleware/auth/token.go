package auth

import (
	"context"
	"encoding/base32"
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
	"slices"
	"strings"
	"time"
)

// defaultPrefix begins the tokens of a site that gives them no name of its own.
const defaultPrefix = "surcoat"

// NewToken gives a user a token with which a program can act for them, see [Bearer]. It is
// shown this once: only its hash is kept. label is what the user calls it. scopes limit
// what it is good for, see [Scope]; without any it may do what its user may. A zero expires
// is never. A user has at most 100; the oldest goes for a new one.
//
// A token is the prefix, "_" and letters and digits that end in a checksum, so that secret
// scanners find one that got into a repository, and make no mistake; see [CheckToken].
func (a *Accounts) NewToken(ctx context.Context, name, label string, expires time.Time, scopes ...string) (token string, kept Secret, err error) {
	if err := a.check(); err != nil {
		return "", Secret{}, err
	}
	if !expires.IsZero() && !expires.After(time.Now()) {
		return "", Secret{}, errors.New("auth: Accounts.NewToken: it would have expired already")
	}
	for _, scope := range scopes {
		if !scopeToken(scope) {
			return "", Secret{}, fmt.Errorf("auth: Accounts.NewToken: %q is no scope (RFC 6749 §3.3)", scope)
		}
	}
	h, u, err := a.issue(ctx, name, Secret{Kind: TokenSecret, Label: label, Scopes: slices.Clone(scopes), Expires: expires})
	if err != nil {
		return "", Secret{}, err
	}
	return h.token(a.prefix()), u.Secrets[u.find(TokenSecret, h.hash(), time.Now())], nil
}

// Tokens returns a user's tokens that have not expired, the oldest first. Of each, Used is
// true to an hour. The error wraps [ErrNoUser] or [ErrUnavailable].
func (a *Accounts) Tokens(ctx context.Context, name string) ([]Secret, error) {
	if err := a.check(); err != nil {
		return nil, err
	}
	u, err := lookup(ctx, a.Users, name)
	if err != nil {
		return nil, err
	}
	return u.tokens(time.Now()), nil
}

// RevokeToken ends one of a user's tokens, by its ID. That there is none is no error.
func (a *Accounts) RevokeToken(ctx context.Context, name, id string) error {
	_, err := a.change(ctx, name, func(u *User) {
		u.drop(func(s *Secret) bool { return s.Kind == TokenSecret && s.ID == id })
	})
	return err
}

// usedEvery is how exactly a token's last use is recorded, so that a use is not a write.
const usedEvery = time.Hour

// token returns whose token it is, and the token. [ErrRefused] says that it is nobody's.
func (a *Accounts) token(ctx context.Context, h held) (User, Secret, error) {
	u, err := a.lookup(ctx, h.name)
	if err != nil {
		return User{}, Secret{}, err
	}
	now := time.Now()
	i := u.find(TokenSecret, h.hash(), now)
	if i < 0 || u.Disabled {
		return User{}, Secret{}, ErrRefused
	}
	s := u.Secrets[i]
	if now.Sub(s.Used) >= usedEvery {
		_, err := a.change(context.WithoutCancel(ctx), u.Name, func(u *User) {
			if i := u.find(TokenSecret, h.hash(), now); i >= 0 {
				u.Secrets[i].Used = now
			}
		})
		if err != nil {
			a.logger().WarnContext(ctx, "auth: the use of a token could not be recorded", "user", u.Name, "token", s.ID, "error", err)
		}
	}
	return u, s, nil
}

func (a *Accounts) prefix() string {
	if a.TokenPrefix == "" {
		return defaultPrefix
	}
	return a.TokenPrefix
}

// lower is base32 that survives a double click, a URL and a spoken word.
var lower = base32.NewEncoding("abcdefghijklmnopqrstuvwxyz234567").WithPadding(base32.NoPadding)

const sumLen = 7 // of four bytes in base32

// token returns prefix_BODYSUM: the secret and the name in base32, and their CRC-32.
func (h *held) token(prefix string) string {
	head := prefix + "_" + lower.EncodeToString(append(h.secret[:], h.name...))
	return head + tokenSum(head)
}

func tokenSum(head string) string {
	return lower.EncodeToString(binary.BigEndian.AppendUint32(nil, crc32.ChecksumIEEE([]byte(head))))
}

// maxToken is the length of the longest token.
var maxToken = 64 + 1 + lower.EncodedLen(secretBytes+maxName) + sumLen

// parseToken is the reverse of held.token.
func parseToken(token string) (h held, prefix string, ok bool) {
	if len(token) > maxToken || len(token) < sumLen {
		return held{}, "", false
	}
	head, sum := token[:len(token)-sumLen], token[len(token)-sumLen:]
	at := strings.LastIndexByte(head, '_')
	if at <= 0 || sum != tokenSum(head) {
		return held{}, "", false
	}
	body, err := lower.DecodeString(head[at+1:])
	if err != nil || len(body) <= secretBytes || lower.EncodeToString(body) != head[at+1:] {
		return held{}, "", false
	}
	copy(h.secret[:], body)
	h.name = string(body[secretBytes:])
	return h, head[:at], searchable(h.name)
}

// CheckToken reports whether a string is a token as [Accounts.NewToken] makes them, going by
// its form and checksum alone: whether it is still good only the site knows. prefix is
// that of the site. It is for secret scanners.
func CheckToken(token string) (prefix string, ok bool) {
	_, prefix, ok = parseToken(token)
	return prefix, ok
}

// checkPrefix refuses what would not be one word in a token.
func checkPrefix(prefix string) error {
	if len(prefix) > 64 || strings.Trim(prefix, "abcdefghijklmnopqrstuvwxyz0123456789_") != "" || strings.HasPrefix(prefix, "_") {
		return fmt.Errorf("auth: Accounts.TokenPrefix %q: not up to 64 lower-case letters, digits and _", prefix)
	}
	return nil
}

// scopeToken reports whether s is a scope-token of RFC 6749 §3.3.
func scopeToken(s string) bool {
	return s != "" && !strings.ContainsFunc(s, func(r rune) bool { return r <= ' ' || r >= 0x7f || r == '"' || r == '\\' })
}
