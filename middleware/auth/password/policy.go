package password

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"strings"
	"unicode/utf8"
)

var (
	// ErrTooShort says that a new password has fewer characters than [Policy.Minimum].
	ErrTooShort = errors.New("password: too short")

	// ErrTooLong says that a new password is longer than [MaxBytes].
	ErrTooLong = errors.New("password: too long")

	// ErrGuessable says that a new password is on a list that guessers start with.
	ErrGuessable = errors.New("password: too easy to guess")
)

// defaultMinimum is what NIST SP 800-63B-4 §3.1.1.2 asks for where a password is all
// that is asked for.
const defaultMinimum = 15

// Policy says which new passwords are good enough, as NIST SP 800-63B-4 §3.1.1.2 has
// it: long enough, not on a list, and nothing else. There are no rules about kinds of
// characters, every character counts, and nothing expires. The zero Policy is for
// accounts that have no second factor.
type Policy struct {
	// Minimum is the least number of characters (Unicode code points). 0: 15.
	// With a second factor 8 are enough; fewer are not, and count as 8.
	Minimum int

	// Blocked, if set, says whether a password is on a list of common or leaked
	// ones. Its error refuses the password too. It is asked after the checks that
	// need no list: one character or one row of keys over and over, and little
	// more than the user's or the site's name.
	Blocked func(ctx context.Context, password string) (bool, error)
}

// MinimumLength returns the number of characters that [Policy.Check] asks for.
func (p Policy) MinimumLength() int {
	return max(8, cmp.Or(p.Minimum, defaultMinimum))
}

// Check returns nil for a password that is good enough, else an error that wraps
// [ErrTooShort], [ErrTooLong] or [ErrGuessable], or the one of [Policy.Blocked].
// words are what a guesser would try for this account first: its name, the site's name.
func (p Policy) Check(ctx context.Context, password string, words ...string) error {
	if len(password) > MaxBytes {
		return fmt.Errorf("%w: over %d bytes", ErrTooLong, MaxBytes)
	}
	if n := p.MinimumLength(); utf8.RuneCountInString(password) < n {
		return fmt.Errorf("%w: fewer than %d characters", ErrTooShort, n)
	}
	if guessable(strings.ToLower(password), words) {
		return ErrGuessable
	}
	if p.Blocked == nil {
		return nil
	}
	blocked, err := p.Blocked(ctx, password)
	if err != nil {
		return fmt.Errorf("password: asking Policy.Blocked: %w", err)
	}
	if blocked {
		return ErrGuessable
	}
	return nil
}

// rows are what fingers and heads run along.
var rows = []string{"0123456789", "9876543210", "abcdefghijklmnopqrstuvwxyz", "qwertyuiopasdfghjklzxcvbnm", "password"}

// guessable knows the passwords that only their length makes look good.
func guessable(password string, words []string) bool {
	kinds := map[rune]bool{}
	for _, r := range password {
		kinds[r] = true
	}
	if len(kinds) < 4 {
		return true
	}
	for _, row := range rows {
		if turns := len(password)/len(row) + 2; strings.Contains(strings.Repeat(row, turns), password) {
			return true
		}
	}
	rest := password
	for _, word := range words {
		if len(word) >= 3 {
			rest = strings.ReplaceAll(rest, strings.ToLower(word), "")
		}
	}
	return len(rest) < len(password) && utf8.RuneCountInString(rest) < 6
}
