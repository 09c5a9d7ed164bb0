package htpasswd

import (
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"fmt"
	"iter"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/surcoat/surcoat/middleware/auth"
	"github.com/surcoat/surcoat/middleware/auth/password"
)

const (
	maxLine = 4 << 10 // bytes of a line
	maxName = 256     // bytes of a name; package auth asks for no longer one
	blanks  = " \t\r\n\v\f"
	bom     = "\ufeff" // which some editors put in front of a file
)

// parseUsers reads a password file. again is the number of the first line whose name an
// earlier one has, 0 for none.
func parseUsers(text string, roles map[string][]string) (users map[string]auth.User, again int, err error) {
	users = map[string]auth.User{}
	for n, line := range lines(text) {
		name, hash, err := parseLine(line)
		if err != nil {
			return nil, 0, fmt.Errorf("line %d: %w; set that password anew with htpasswd -B or surcoat passwd, or remove the line", n, err)
		}
		if _, ok := users[name]; ok {
			if again == 0 {
				again = n
			}
			continue
		}
		users[name] = auth.User{Name: name, Hash: hash, Roles: roles[name], Generation: generation(hash)}
	}
	return users, again, nil
}

// lines returns the lines of a file that say something, without blanks around them, by
// their numbers.
func lines(text string) iter.Seq2[int, string] {
	return func(yield func(int, string) bool) {
		n := 0
		for line := range strings.Lines(strings.TrimPrefix(text, bom)) {
			n++
			line = strings.Trim(line, blanks)
			if line != "" && line[0] != '#' && !yield(n, line) {
				return
			}
		}
	}
}

// parseLine reads name:hash, or name:hash:comment. The hash it returns is as package
// password takes it.
func parseLine(line string) (name, hash string, err error) {
	if len(line) > maxLine {
		return "", "", fmt.Errorf("longer than %d KiB", maxLine>>10)
	}
	name, rest, ok := strings.Cut(line, ":")
	if !ok {
		return "", "", errors.New("no colon after the name")
	}
	if err := checkName(name); err != nil {
		return "", "", err
	}
	hash, _, _ = strings.Cut(rest, ":")
	hash, err = password.Legacy(hash)
	return name, hash, err
}

// checkName refuses names that package auth looks up for nobody.
func checkName(name string) error {
	switch {
	case name == "":
		return errors.New("no name")
	case len(name) > maxName:
		return fmt.Errorf("a name over %d bytes", maxName)
	case !utf8.ValidString(name):
		return errors.New("a name that is not UTF-8")
	case strings.ContainsFunc(name, unicode.IsControl):
		return errors.New("a name with control characters")
	}
	return nil
}

// generation returns a number that another hash does not have.
func generation(hash string) int64 {
	sum := sha256.Sum256([]byte(hash))
	return int64(binary.BigEndian.Uint64(sum[:]))
}

// parseGroups reads a group file: "group: name name". It returns the groups of each name,
// in the order of the file.
func parseGroups(text string) (groups map[string][]string, err error) {
	groups = map[string][]string{}
	for n, line := range lines(text) {
		group, names, ok := strings.Cut(line, ":")
		group = strings.Trim(group, blanks)
		switch {
		case !ok || group == "":
			return nil, fmt.Errorf("line %d: no group with a colon", n)
		case strings.ContainsAny(line, `"'\`):
			return nil, fmt.Errorf("line %d: quotes, which are not understood here", n)
		case !utf8.ValidString(line) || strings.ContainsRune(line, 0):
			return nil, fmt.Errorf("line %d: not UTF-8 text", n)
		}
		for _, name := range strings.Fields(names) {
			if !slices.Contains(groups[name], group) {
				groups[name] = append(groups[name], group)
			}
		}
	}
	return groups, nil
}
