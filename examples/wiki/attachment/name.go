package attachment

import (
	"errors"
	"fmt"
	"path"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/cases"
	"golang.org/x/text/unicode/norm"
)

// ErrName says that a text cannot be a file's name; the message says why.
var ErrName = errors.New("attachment: not a name")

// LongestName is how many characters a name may have.
const LongestName = 100

// CleanName makes a name of what a browser sends with a file: without the folders in front of
// it, which some send. It refuses, with [ErrName], what is empty, too long or hidden, and what has
// characters in it that do not show or that mean something in an address.
func CleanName(s string) (string, error) {
	s = s[strings.LastIndexAny(s, `/\`)+1:]
	s = strings.Join(strings.Fields(norm.NFC.String(s)), " ")
	switch {
	case s == "":
		return "", fmt.Errorf("%w: it is empty", ErrName)
	case !utf8.ValidString(s):
		return "", fmt.Errorf("%w: it is not valid UTF-8", ErrName)
	case utf8.RuneCountInString(s) > LongestName:
		return "", fmt.Errorf("%w: it has more than %d characters", ErrName, LongestName)
	case s[0] == '.':
		return "", fmt.Errorf("%w: it begins with a dot", ErrName)
	}
	for _, r := range s {
		if strings.ContainsRune(`?#%"<>|*:`, r) || unicode.IsControl(r) || unicode.Is(unicode.Cf, r) {
			return "", fmt.Errorf("%w: it has the character %q in it", ErrName, r)
		}
	}
	return s, nil
}

// key is the same for all names that differ in case alone.
func key(name string) string { return norm.NFC.String(cases.Fold().String(name)) }

// kind is a type of files that may be attached.
type kind struct {
	media  string
	inline bool // a browser may show it: there can be no script in it
}

// kinds are by the end of the name, in lower case.
var kinds = map[string]kind{
	".png": {"image/png", true}, ".jpg": {"image/jpeg", true}, ".jpeg": {"image/jpeg", true}, ".gif": {"image/gif", true}, ".webp": {"image/webp", true},
	".txt": {"text/plain; charset=utf-8", true}, ".md": {"text/plain; charset=utf-8", true}, ".csv": {"text/csv; charset=utf-8", false},
	".pdf": {"application/pdf", false}, ".zip": {"application/zip", false}, ".gz": {"application/gzip", false}, ".json": {"application/json", false},
	".odt": {"application/vnd.oasis.opendocument.text", false}, ".ods": {"application/vnd.oasis.opendocument.spreadsheet", false},
	".odp":  {"application/vnd.oasis.opendocument.presentation", false},
	".docx": {"application/vnd.openxmlformats-officedocument.wordprocessingml.document", false},
	".xlsx": {"application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", false},
	".pptx": {"application/vnd.openxmlformats-officedocument.presentationml.presentation", false},
	".mp3":  {"audio/mpeg", false}, ".ogg": {"audio/ogg", false}, ".mp4": {"video/mp4", false}, ".webm": {"video/webm", false},
}

func kindOf(name string) (kind, bool) {
	k, ok := kinds[strings.ToLower(path.Ext(name))]
	return k, ok
}

// Media is the media type with which a file of that name is served, and whether a browser may
// show it in place, "" for one that cannot be attached.
func Media(name string) (media string, inline bool) {
	k, _ := kindOf(name)
	return k.media, k.inline
}
