package gzip

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"net/url"
	"strings"
)

// A file of a Versions.Dir has the hash of its dictionary for a name. It begins with a line that
// says what it is and for which URLs, and goes on with the dictionary to its end.

const (
	fileMagic  = "surcoat dictionary "
	fileFormat = fileMagic + "1 "
	fileSuffix = ".dict"
	tempSuffix = ".tmp"

	maxFileHeader = 8 << 10 // JSON writes some bytes of a scope as six
)

var (
	errForeign = errors.New("not a file of this program")
	errCorrupt = errors.New("a damaged file")
)

// fileHeader is the first line of a file.
type fileHeader struct {
	Match string `json:"match"` // [scope.text]
	Size  int64  `json:"size"`  // of the dictionary
}

func versionFile(hash digest) string { return hex.EncodeToString(hash[:]) + fileSuffix }

// parseVersionFile returns the hash in the name of a file. temporary says that the file was
// still being written.
func parseVersionFile(name string) (hash digest, temporary, ok bool) {
	const digits = 2 * len(hash)
	if len(name) < digits || name[:digits] != strings.ToLower(name[:digits]) {
		return hash, false, false
	}
	if _, err := hex.Decode(hash[:], []byte(name[:digits])); err != nil {
		return hash, false, false
	}
	switch rest := name[digits:]; {
	case rest == fileSuffix:
		return hash, false, true
	case strings.HasPrefix(rest, fileSuffix+".") && strings.HasSuffix(rest, tempSuffix):
		return hash, true, true
	}
	return hash, false, false
}

// formatHeader returns the first line of the file of a dictionary of size bytes.
func formatHeader(s scope, size int) ([]byte, error) {
	b, err := json.Marshal(fileHeader{s.text, int64(size)})
	if err != nil {
		return nil, err
	}
	return append(append([]byte(fileFormat), b...), '\n'), nil
}

// parseHeader reads the first line of a file, of which b is at least the first
// maxFileHeader bytes or all. It returns the dictionary's scope and size, and the length of the line.
func parseHeader(b []byte) (s scope, size int64, length int, err error) {
	if !bytes.HasPrefix(b, []byte(fileFormat)) {
		return s, 0, 0, errForeign // of a later format perhaps
	}
	line, _, ok := bytes.Cut(b[:min(len(b), maxFileHeader)], []byte("\n"))
	var h fileHeader
	if !ok || json.Unmarshal(line[len(fileFormat):], &h) != nil || h.Size <= 0 {
		return s, 0, 0, errCorrupt
	}
	if s, err = newScope(h.Match, "", new(url.URL)); err != nil {
		return s, 0, 0, errCorrupt
	}
	return s, h.Size, len(line) + 1, nil
}

// parseFile reads a whole file, whose dictionary has to have the hash.
func parseFile(b []byte, hash digest) (content []byte, s scope, err error) {
	s, size, n, err := parseHeader(b)
	if err != nil {
		return nil, s, err
	}
	content = b[n:]
	if int64(len(content)) != size || sha256.Sum256(content) != hash {
		return nil, s, errCorrupt
	}
	return content, s, nil
}
