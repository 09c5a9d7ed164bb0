// Package page is the wiki's model: pages, their revisions and what differs between
// them. It knows nothing of HTTP, of users' passwords or of how a page looks.
//
// Every revision is a file of its own that is written once and never changed, so
// there is no index that could disagree with the pages:
//
//	pages/getting_started/000001.md
//	pages/getting_started/000002.md
//
// The first line of each is its header (JSON), the rest is the Markdown text.
package page

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"time"
	"unicode/utf8"
)

// LargestText is how many bytes a page's text may have.
const LargestText = 1 << 20

// Errors that a caller tells apart.
var (
	ErrNoPage   = errors.New("page: there is no such page")
	ErrTooLarge = fmt.Errorf("page: the text is larger than %d KiB", LargestText>>10)
	ErrText     = errors.New("page: the text is not valid UTF-8")
	ErrDamaged  = errors.New("page: the file is damaged")
)

// Revision says who changed what and when. It does not hold the text.
type Revision struct {
	Title   Title     `json:"title"`             // as this revision's author wrote it
	Number  int       `json:"number"`            // from 1, without gaps
	Author  string    `json:"author"`            // a user's name
	Time    time.Time `json:"time"`              // when it was saved, UTC
	Note    string    `json:"note,omitempty"`    // what the author says about the change
	Reverts int       `json:"reverts,omitempty"` // the revision whose text this one brings back; 0: none
	Size    int       `json:"size"`              // bytes of text; 0: the page was removed
	Sum     string    `json:"sha256"`            // of the text, to notice damage
}

// Removed reports whether this revision emptied the page.
func (r Revision) Removed() bool { return r.Size == 0 }

// Page is one revision with its text.
type Page struct {
	Revision
	Text string
}

// Clean returns text as it is stored: lines end in \n, nothing stands after the last
// one, and a text of nothing but space is empty. It refuses text that is too large
// or not UTF-8.
func Clean(text string) (string, error) {
	if !utf8.ValidString(text) {
		return "", ErrText
	}
	text = strings.NewReplacer("\r\n", "\n", "\r", "\n", "\x00", "\ufffd").Replace(text)
	text = strings.TrimRight(text, " \t\n")
	if text != "" {
		text += "\n"
	}
	if len(text) > LargestText {
		return "", ErrTooLarge
	}
	return text, nil
}

// cleanNote returns a note as one line of at most 200 characters.
func cleanNote(note string) string {
	note = strings.Join(strings.Fields(strings.ToValidUTF8(note, "\ufffd")), " ")
	if r := []rune(note); len(r) > 200 {
		note = string(r[:199]) + "…"
	}
	return note
}

// encode returns the file of a revision; it fills in Size and Sum.
func encode(r *Revision, text string) ([]byte, error) {
	sum := sha256.Sum256([]byte(text))
	r.Size, r.Sum = len(text), hex.EncodeToString(sum[:])
	header, err := json.Marshal(r)
	if err != nil {
		return nil, err
	}
	return append(append(header, '\n'), text...), nil
}

// decode reads the file of a revision and checks it against its header.
func decode(file []byte) (Page, error) {
	header, text, _ := bytes.Cut(file, []byte("\n"))
	r, err := decodeHeader(header)
	if err != nil {
		return Page{}, err
	}
	sum := sha256.Sum256(text)
	if len(text) != r.Size || hex.EncodeToString(sum[:]) != r.Sum {
		return Page{}, fmt.Errorf("%w: the text is not what was saved", ErrDamaged)
	}
	return Page{Revision: r, Text: string(text)}, nil
}

func decodeHeader(line []byte) (Revision, error) {
	var r Revision
	if err := json.Unmarshal(line, &r); err != nil {
		return Revision{}, fmt.Errorf("%w: the header: %w", ErrDamaged, err)
	}
	if t, err := ParseTitle(string(r.Title)); err != nil || t != r.Title || r.Number < 1 || r.Size < 0 {
		return Revision{}, fmt.Errorf("%w: the header is impossible", ErrDamaged)
	}
	return r, nil
}
