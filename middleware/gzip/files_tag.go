package gzip

import (
	"crypto/sha256"
	"encoding/hex"
	"io"
	"io/fs"
	"os"
	"strconv"
	"sync"
	"time"
)

// What a file's modification time is good for depends on when it was.
const (
	// Within so much of it a file may change again without getting another one: FAT
	// counts in steps of two seconds, other file systems in shorter ones.
	settling = 2 * time.Second

	// Reading a file for its tag has to be worth it. One that is settling is read for
	// each request; any other once.
	maxSettlingSum = 1 << 20
	maxSum         = 64 << 20
)

// noTimeBefore is where modification times begin that mean one. Embedded files have the zero
// time; Nix, zip and builds that are to be reproducible set the start of 1970 or 1980, which
// is the same for all versions of a file (https://github.com/caddyserver/caddy/issues/5734).
var noTimeBefore = time.Date(1981, 1, 1, 0, 0, 0, 0, time.UTC)

// validators returns the entity tag of a file, "" for none, and its modification time, zero
// for none. The tag names the coding in front, where it cannot be mistaken for a suffix of
// the Compressor's.
func (s *fileRules) validators(f *openFile, c content) (tag string, modified time.Time) {
	prefix := `"`
	if f.coding != "" {
		prefix += f.coding + "."
	}
	modified = f.info.ModTime()
	age := time.Since(modified)
	switch {
	case modified.Before(noTimeBefore) || age < -settling:
		// A time to come says as little, and must not be sent (RFC 9110 §8.8.2.1).
		modified = time.Time{}
		if sum := s.sums.of(f, c); sum != "" {
			tag = prefix + sum + `"`
		}
	case age > settling:
		tag = prefix + stamp(f.info) + `"`
	case f.info.Size() > maxSettlingSum || !c.seeks:
		tag = "W/" + prefix + stamp(f.info) + `"`
	default:
		if sum, err := sum(c); err == nil {
			tag = prefix + sum + `"`
		}
	}
	return tag, modified
}

// stamp returns what tells one version of a file from another.
func stamp(info fs.FileInfo) string {
	var b [32]byte
	s := strconv.AppendInt(b[:0], info.ModTime().UnixNano(), 36)
	s = append(s, '.')
	return string(strconv.AppendInt(s, info.Size(), 36))
}

// sum returns a hash of c, which is at its beginning again afterwards.
func sum(c content) (string, error) {
	hash := sha256.New()
	if _, err := io.Copy(hash, c); err != nil {
		return "", err
	}
	if _, err := c.Seek(0, io.SeekStart); err != nil {
		return "", err
	}
	return hex.EncodeToString(hash.Sum(nil)[:16]), nil
}

// sums are the hashes of files without a modification time that were served lately. The zero
// value has none.
type sums struct {
	mu    sync.Mutex
	known map[string]knownSum // by name
}

type knownSum struct {
	info fs.FileInfo
	sum  string
}

// maxKnownSums bounds the memory for sums, to some 2 MB with names of the usual length.
const maxKnownSums = 4096

// of returns the hash of a file, "" when it cannot be had.
func (s *sums) of(f *openFile, c content) string {
	s.mu.Lock()
	known, ok := s.known[f.name]
	s.mu.Unlock()
	if ok && sameVersion(known.info, f.info) {
		return known.sum
	}
	if f.info.Size() > maxSum || !c.seeks {
		return ""
	}
	sum, err := sum(c)
	if err != nil {
		return ""
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.known == nil {
		s.known = make(map[string]knownSum)
	}
	if !ok && len(s.known) >= maxKnownSums {
		for name := range s.known {
			delete(s.known, name) // any one
			break
		}
	}
	s.known[f.name] = knownSum{f.info, sum}
	return sum
}

// sameVersion reports whether two looks at one name saw the same file. On a disk it has to be
// the very file: when a link is turned to the next build, all its files have the same time as
// before, and an index.html that only names other hashes has the same size. Elsewhere files
// without a time are taken not to change, as embedded ones do not.
func sameVersion(a, b fs.FileInfo) bool {
	if a.Size() != b.Size() || !a.ModTime().Equal(b.ModTime()) {
		return false
	}
	onDisk := os.SameFile(b, b) // false for what is not of package os
	return !onDisk || os.SameFile(a, b)
}
