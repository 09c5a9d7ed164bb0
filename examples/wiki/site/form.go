package site

import (
	"errors"
	"io"
	"mime"
	"net/http"
	"net/url"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/surcoat/surcoat/examples/wiki/page"
	"github.com/surcoat/surcoat/examples/wiki/view"
)

// In a form each byte of a page's text may take three, and there is more in it than
// the text.
const largestForm = 3*page.LargestText + 64<<10

// largestDrain is how much of a form that is too large is read all the same. A server
// that answers and closes while a browser is still sending shows that browser's user
// a broken connection instead of the answer.
const largestDrain = 64 << 20

// drainTime is how long that may take.
const drainTime = 20 * time.Second

// readForm returns the form in r's body. Its errors are problems that say what to do.
// broken reports that there was something in it that is not UTF-8; it is replaced by
// the character that stands for that, so that the rest can be shown again.
func readForm(w http.ResponseWriter, r *http.Request) (form url.Values, broken bool, err error) {
	if kind, _, err := mime.ParseMediaType(r.Header.Get("Content-Type")); err != nil || kind != "application/x-www-form-urlencoded" {
		return nil, false, &problem{http.StatusUnsupportedMediaType, "Not a form", "This address takes forms as browsers send them.", view.Link{}}
	}
	body, err := io.ReadAll(io.LimitReader(r.Body, largestForm+1))
	if err == nil && len(body) > largestForm {
		drain(w, r)
		return nil, false, tooLarge
	}
	var limit *http.MaxBytesError
	if errors.As(err, &limit) {
		return nil, false, tooLarge
	}
	if err == nil {
		form, err = url.ParseQuery(string(body))
	}
	if err != nil {
		return nil, false, &problem{http.StatusBadRequest, "The form did not arrive whole", "Go back, where what you typed still is, and send it once more.", view.Link{}}
	}
	for _, values := range form {
		for i, v := range values {
			if !utf8.ValidString(v) {
				values[i], broken = strings.ToValidUTF8(v, "\ufffd"), true
			}
		}
	}
	return form, broken, nil
}

// drain reads the rest of what is too large.
func drain(w http.ResponseWriter, r *http.Request) {
	_ = http.NewResponseController(w).SetReadDeadline(time.Now().Add(drainTime)) // where it cannot be set, the server's own holds
	_, _ = io.CopyN(io.Discard, r.Body, largestDrain)
}

var tooLarge = &problem{
	http.StatusRequestEntityTooLarge, "That is too large",
	"A page can hold one MiB of text: about four hundred printed pages. Nothing was saved. Go back, where what you typed still is, and divide it into several pages.",
	view.Link{},
}
