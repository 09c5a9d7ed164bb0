package people

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"slices"
	"strings"
	"time"

	"golang.org/x/text/cases"
	"golang.org/x/text/unicode/norm"

	"github.com/surcoat/surcoat/examples/wiki/disk"
	"github.com/surcoat/surcoat/middleware/auth"
)

// Account is a user in a list, with what package auth need not know.
type Account struct {
	auth.User
	Created time.Time // zero: before the wiki took note of it
	Damaged bool      // the file cannot be read; nothing but Name is known, in lower case
}

// List returns up to n of the accounts whose names begin with prefix, in any case, from
// the one at offset on in the order of their names, and how many there are in total. It
// opens the files of those that it returns; of the others it reads the names of the files.
func (s *Store) List(prefix string, offset, n int) (some []Account, total int, err error) {
	keys, err := s.keys(norm.NFC.String(cases.Fold().String(norm.NFC.String(prefix))))
	if err != nil {
		return nil, 0, err
	}
	offset = min(max(offset, 0), len(keys))
	for _, k := range keys[offset:min(offset+n, len(keys))] {
		a, err := s.account(k)
		switch {
		case errors.Is(err, ErrDamaged): // which must not hide the others
			a = Account{User: auth.User{Name: k}, Damaged: true}
		case err != nil:
			return nil, 0, err
		}
		some = append(some, a)
	}
	return some, len(keys), nil
}

// Account returns one of them. Its errors are those of Lookup.
func (s *Store) Account(name string) (Account, error) {
	k, ok := key(name)
	if !ok {
		return Account{}, auth.ErrNoUser
	}
	return s.account(k)
}

func (s *Store) account(key string) (Account, error) {
	rec, err := s.read(key)
	return Account{User: rec.user(), Created: rec.Created}, err
}

// keys returns those that begin with prefix, in order.
func (s *Store) keys(prefix string) (keys []string, err error) {
	files, err := os.ReadDir(s.folder.Path("users"))
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil // nobody has joined
	}
	if err != nil {
		return nil, fmt.Errorf("people: %w", err)
	}
	for _, f := range files {
		name, ok := strings.CutSuffix(f.Name(), ".json")
		if !ok {
			continue
		}
		k, whole := disk.Key(name)
		if !whole {
			if k = s.keyIn(f.Name()); k == "" {
				continue
			}
		}
		if strings.HasPrefix(k, prefix) {
			keys = append(keys, k)
		}
	}
	slices.Sort(keys)
	return keys, nil
}

// keyIn finds out from a file whose it is: of a long name that of the file has the beginning
// alone. It returns "" where that cannot be read.
func (s *Store) keyIn(file string) string {
	var rec record
	b, err := os.ReadFile(s.folder.Path("users", file))
	if err != nil || json.Unmarshal(b, &rec) != nil {
		return ""
	}
	k, _ := key(rec.Name)
	return k
}
