package gzip

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"regexp"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/surcoat/surcoat/internal/dictionaryfield"
	"github.com/surcoat/surcoat/internal/errpage"
	"github.com/surcoat/surcoat/internal/urlpattern"
)

// Dictionary is text that many responses have in common, such as a site's page template. A
// client fetches it once, when it is idle, and from then on is sent those responses without
// the common part (RFC 9842):
//
//	template := &gzip.Dictionary{Content: page, Match: "/wiki/*"}
//	mux.Handle("GET /template.dict", template)
//	zip := &gzip.Compressor{Dictionaries: []*gzip.Dictionary{template}}
//
// and the pages say where it is: w.Header().Add("Link", template.Link("/template.dict")).
//
// Another Content needs another path, with a hash in it for instance: browsers do not ask for
// the old one again before MaxAge is over. Until then it serves on, if it left through a
// Compressor whose [Versions] have a Dir.
//
// Everybody may fetch a dictionary, and whoever sees the length of a response can find out how
// much it has in common with one. There must be no secret in it and no user's data.
//
// Browsers use dictionaries over https and on http://localhost: Chrome and Edge from 130. They
// fetch one only if a page's Content-Security-Policy allows connections to it (connect-src).
//
// The fields are read once, when the Dictionary is first used.
type Dictionary struct {
	// Content is the dictionary, as it is: text, and not what zstd --train makes. The most
	// common text belongs at the end. Browsers keep dictionaries up to 100 MB; 10 to 100 kB
	// pay best. A response under way with one of up to 128 KiB holds 1 MB, up to 512 KiB 5 MB,
	// and more than 13 MB beyond: of those two, as many as make 128 MiB in all, and what
	// comes then is encoded without a dictionary.
	Content []byte

	// Match is the pattern of the URLs that the dictionary is for, by path and query: "/wiki/*"
	// (https://urlpattern.spec.whatwg.org, without regular expressions). It begins with "/". Its
	// wildcards are "*" and ":name", not the "{name}" of [http.ServeMux].
	Match string

	// Dest names the destinations that the dictionary is for, as the Fetch standard does:
	// "document", "script", and "" for what scripts fetch. Empty: all. A name that the
	// standard does not have (https://fetch.spec.whatwg.org/#concept-request-destination) matches
	// nothing.
	Dest []string

	// ID is sent back by clients in Dictionary-ID. The Compressor goes by the content's hash and
	// needs none. At most 1024 characters.
	ID string

	// MaxAge is how long clients may use it, in whole seconds, one at least. 0: 30 days.
	MaxAge time.Duration

	once  sync.Once
	hash  digest
	match urlpattern.Pattern
	field string // Use-As-Dictionary
	err   error
}

const defaultDictionaryAge = 30 * 24 * time.Hour

// maxDictionary is what fits into the window that clients have to provide (RFC 9842 §5).
const maxDictionary = 100 << 20

// muxWildcard is a wildcard of [http.ServeMux]. To a URL pattern it is a group that matches its own
// name and nothing else, which nobody would write.
var muxWildcard = regexp.MustCompile(`(^|[^\\])\{(\w+(\.\.\.)?|\$)\}($|[^?*+])`)

// compile reads the fields. Its error begins with the name of the field that is wrong.
func (d *Dictionary) compile() error {
	d.once.Do(func() { d.err = d.read() })
	return d.err
}

func (d *Dictionary) read() error {
	switch {
	case len(d.Content) == 0:
		return errors.New("Dictionary.Content is empty")
	case len(d.Content) > maxDictionary:
		return fmt.Errorf("Dictionary.Content has %d bytes; a dictionary can have up to %d", len(d.Content), maxDictionary)
	case !strings.HasPrefix(d.Match, "/"):
		return fmt.Errorf("Dictionary.Match is %q; it has to begin with a slash, as in \"/wiki/*\"", d.Match)
	case muxWildcard.MatchString(d.Match):
		return fmt.Errorf("Dictionary.Match is %q; a wildcard is \"*\" there, and not \"{name}\" as for http.ServeMux", d.Match)
	case d.MaxAge < 0:
		return errors.New("Dictionary.MaxAge is negative")
	case d.MaxAge > 0 && d.MaxAge < time.Second:
		return fmt.Errorf("Dictionary.MaxAge is %v; it has to be a second at least, or 0 for 30 days", d.MaxAge)
	}
	use := dictionaryfield.Use{Match: d.Match, Dest: d.Dest, ID: d.ID}
	if field, why := use.Fault(); field != "" {
		return errors.New("Dictionary." + field + " " + why)
	}
	match, err := urlpattern.Parse(d.Match, &url.URL{Path: "/"})
	if err != nil {
		return fmt.Errorf("Dictionary.Match: %w", err)
	}
	d.match, d.field, d.hash = match, use.String(), sha256.Sum256(d.Content)
	return nil
}

// mustCompile is compile for places where an error is a mistake in the program.
func (d *Dictionary) mustCompile() {
	if err := d.compile(); err != nil {
		panic("gzip: " + err.Error())
	}
}

// ServeHTTP serves the dictionary to clients that keep it. Put it outside authentication and
// sessions, and inside the Compressor. It answers GET and HEAD. It panics when a field has an
// impossible value.
func (d *Dictionary) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	d.mustCompile()
	h := w.Header()
	if r.Method != http.MethodGet && r.Method != http.MethodHead {
		h.Set("Allow", "GET, HEAD")
		errpage.Write(w, r, errpage.Problem{Status: http.StatusMethodNotAllowed})
		return
	}
	age := d.MaxAge
	if age == 0 {
		age = defaultDictionaryAge
	}
	h.Set("Content-Type", "text/plain; charset=utf-8")
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("Cache-Control", "public, max-age="+strconv.FormatInt(int64(age/time.Second), 10))
	h.Set("Use-As-Dictionary", d.field)
	h.Set("ETag", `"`+hex.EncodeToString(d.hash[:16])+`"`)
	http.ServeContent(w, withRanges(r, true, false), "", time.Time{}, bytes.NewReader(d.Content))
}

// Link returns the value of a Link field that tells clients that the dictionary is at path. It
// panics when a field has an impossible value.
func (d *Dictionary) Link(path string) string {
	d.mustCompile()
	u := url.URL{Path: path}
	return "<" + u.EscapedPath() + `>; rel="compression-dictionary"`
}
