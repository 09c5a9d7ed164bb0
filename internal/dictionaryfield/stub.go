// Placeholder so that middleware/gzip compiles meanwhile: the author of this package deletes it.
package dictionaryfield

import (
	"encoding/base64"
	"net/http"
	"strings"
)

type Use struct {
	Match, ID, Type string
	Dest            []string
}

func Available(lines []string) (h [32]byte, ok bool) {
	b, err := base64.StdEncoding.DecodeString(strings.Trim(lines[0], ":"))
	return [32]byte(b), err == nil
}
func ParseUse(lines []string) (Use, error) {
	_, s, _ := strings.Cut(lines[0], `match="`)
	s, _, _ = strings.Cut(s, `"`)
	return Use{Match: s, Type: "raw"}, nil
}
func (u Use) String() string      { return `match="` + u.Match + `"` }
func (u Use) Validate() error     { return nil }
func Readable(a, b http.Header) bool { return true }
