package htpasswd

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"sync/atomic"
	"time"

	"github.com/surcoat/surcoat/middleware/auth"
)

// Config says where the users are.
type Config struct {
	// Users is the path of the password file: lines of name:hash. "" is refused, and so
	// is a file that everybody may write to.
	Users string

	// Groups is the path of a file in the form of Apache's AuthGroupFile: lines of
	//
	//	editors: ada grace
	//
	// whose groups become the roles of these users. "": users have no roles.
	Groups string

	// Logger learns of files that changed, and of those that cannot be used, by the
	// number of the line alone. nil: slog.Default().
	Logger *slog.Logger
}

// File is an [auth.Users] whose users are in a password file. It is read-only, safe for
// concurrent use, runs no goroutine and has nothing to close.
//
// A lookup has a look at the files if the last one was a second ago, and reads them where
// their times, sizes or identities have changed. Files that are broken then, or gone, are
// logged once, and the users stay as they were until the files can be used again: to
// remove a user takes a file without a fault.
//
// A user's generation comes from their hash, so that whoever gets another one, be it of the
// same password, is signed out where they were signed in with the old.
type File struct {
	config Config
	start  time.Time
	next   atomic.Int64 // when to look at the files again, in nanoseconds from start
	users  atomic.Pointer[map[string]auth.User]

	mu    sync.Mutex
	seen  seen
	fault string // why the files could not be used when last looked at
}

// Open reads the files. An error names the file and the number of the line in which
// something is wrong, and never shows the line.
func Open(c Config) (*File, error) {
	if c.Users == "" {
		return nil, errors.New("htpasswd: Config.Users is empty; set it to the path of the password file")
	}
	c.Logger = cmp.Or(c.Logger, slog.Default())
	f := &File{config: c, start: time.Now()}
	f.next.Store(int64(every))
	users, s, err := f.read()
	if err != nil {
		return nil, err
	}
	f.users.Store(&users)
	f.seen = s
	return f, nil
}

// Lookup implements [auth.Users]. Names compare byte by byte.
func (f *File) Lookup(ctx context.Context, name string) (auth.User, error) {
	f.refresh(ctx)
	u, ok := (*f.users.Load())[name]
	if !ok {
		return auth.User{}, auth.ErrNoUser
	}
	return u, nil
}

var errReadOnly = fmt.Errorf("htpasswd: users are changed in their file, with surcoat passwd: %w", errors.ErrUnsupported)

// ReadOnly tells [auth.Accounts] to make no better hashes for these users: Apache could
// not read them, and the file may not be the server's to write.
func (f *File) ReadOnly() bool { return true }

// Create implements [auth.Users] by refusing, with an [errors.ErrUnsupported].
func (f *File) Create(context.Context, auth.User) error { return errReadOnly }

// Update implements [auth.Users] by refusing, with an [errors.ErrUnsupported].
func (f *File) Update(context.Context, string, func(*auth.User) error) error { return errReadOnly }
