// Package people keeps the wiki's accounts in files, one for each, in the folder
// users. It is the store that package auth signs people in with.
package people

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/cases"
	"golang.org/x/text/unicode/norm"

	"github.com/surcoat/surcoat/examples/wiki/disk"
	"github.com/surcoat/surcoat/middleware/auth"
)

// Store is an [auth.Users]. Names are kept as they were typed at sign-up; ones that
// differ in case alone are the same, so nobody can pass for somebody else by it.
// Several processes may use one folder.
type Store struct{ folder *disk.Folder }

var _ auth.Users = (*Store)(nil)

// NewStore returns the accounts of a folder.
func NewStore(folder *disk.Folder) *Store { return &Store{folder} }

// LongestName is how many characters a name may have.
const LongestName = 40

// record is what a file holds.
type record struct {
	Name       string   `json:"name"`
	Hash       string   `json:"hash"`
	Roles      []string `json:"roles,omitempty"`
	Generation int64    `json:"generation"`
	Disabled   bool     `json:"disabled,omitempty"`
	Email      string   `json:"email,omitempty"`
	Confirmed  bool     `json:"confirmed,omitempty"`

	Secrets []auth.Secret `json:"secrets,omitempty"`

	Created time.Time `json:"created,omitzero"` // not in files of early versions
}

func (r *record) user() auth.User {
	return auth.User{
		Name: r.Name, Hash: r.Hash, Roles: r.Roles, Generation: r.Generation, Disabled: r.Disabled,
		Email: r.Email, Confirmed: r.Confirmed, Secrets: r.Secrets,
	}
}

// set leaves what no [auth.User] has.
func (r *record) set(u auth.User) {
	*r = record{u.Name, u.Hash, u.Roles, u.Generation, u.Disabled, u.Email, u.Confirmed, u.Secrets, r.Created}
}

// key is the same for all spellings of a name; it is false for what cannot be one.
// Names consist of letters, digits, single spaces and . - ', and begin with a letter
// or digit.
func key(name string) (string, bool) {
	if !utf8.ValidString(name) || utf8.RuneCountInString(name) > LongestName || strings.Join(strings.Fields(name), " ") != name {
		return "", false
	}
	name = norm.NFC.String(name)
	for i, r := range name {
		if !unicode.IsLetter(r) && !unicode.IsDigit(r) && (i == 0 || !strings.ContainsRune(" .-'", r) && !unicode.IsMark(r)) {
			return "", false
		}
	}
	return norm.NFC.String(cases.Fold().String(name)), name != ""
}

func elements(key string) []string { return []string{"users", disk.Name(key) + ".json"} }

// Lookup implements [auth.Users].
func (s *Store) Lookup(_ context.Context, name string) (auth.User, error) {
	k, ok := key(name)
	if !ok {
		return auth.User{}, auth.ErrNoUser
	}
	rec, err := s.read(k)
	return rec.user(), err
}

func (s *Store) read(key string) (rec record, err error) {
	file, err := os.ReadFile(s.folder.Path(elements(key)...))
	if errors.Is(err, fs.ErrNotExist) {
		return record{}, auth.ErrNoUser
	}
	if err != nil {
		return record{}, fmt.Errorf("people: %w", err)
	}
	if err := json.Unmarshal(file, &rec); err != nil {
		return record{}, fmt.Errorf("%w: %s", ErrDamaged, s.folder.Path(elements(key)...)) // json's error may quote a hash
	}
	return rec, nil
}

// ErrDamaged says that the file of an account cannot be read.
var ErrDamaged = errors.New("people: the file of an account is damaged")

func (s *Store) write(key string, rec *record) error {
	file, err := json.MarshalIndent(rec, "", "\t")
	if err != nil {
		return fmt.Errorf("people: %w", err)
	}
	if err := s.folder.Write(append(file, '\n'), elements(key)...); err != nil {
		return fmt.Errorf("people: %w", err)
	}
	return nil
}

// Create implements [auth.Users].
func (s *Store) Create(ctx context.Context, u auth.User) error {
	k, ok := key(u.Name)
	if !ok {
		return fmt.Errorf("%w: it may have letters, digits, spaces and . - ' in it, and at most %d of them", auth.ErrName, LongestName)
	}
	u.Name = norm.NFC.String(u.Name)
	unlock, err := s.folder.Lock(ctx)
	if err != nil {
		return err
	}
	defer unlock()
	switch _, err := s.read(k); {
	case err == nil:
		return auth.ErrUserExists
	case !errors.Is(err, auth.ErrNoUser):
		return err
	}
	rec := record{Created: time.Now().UTC().Truncate(time.Second)}
	rec.set(u)
	return s.write(k, &rec)
}

// Update implements [auth.Users].
func (s *Store) Update(ctx context.Context, name string, change func(*auth.User) error) error {
	unlock, err := s.folder.Lock(ctx)
	if err != nil {
		return err
	}
	defer unlock()
	return s.change(name, change)
}

// change is Update for whoever holds the lock.
func (s *Store) change(name string, change func(*auth.User) error) error {
	k, ok := key(name)
	if !ok {
		return auth.ErrNoUser
	}
	rec, err := s.read(k)
	if err != nil {
		return err
	}
	u := rec.user()
	if err := change(&u); err != nil {
		return err
	}
	u.Name = rec.Name
	rec.set(u)
	return s.write(k, &rec)
}
