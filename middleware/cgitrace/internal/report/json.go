//go:build dev

package report

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net/http"

	"github.com/surcoat/surcoat/middleware/cgitrace/internal/goroutine"
)

// JSON writes r as the problem details (RFC 9457) that a production build would have
// sent, with the report as an extension.
func (r *Report) JSON(w io.Writer) {
	r = r.bounded()
	type plainFrame struct {
		Frame
		Source []string `json:"source,omitempty"`
	}
	type plainSection struct {
		Title   string       `json:"title,omitempty"`
		How     string       `json:"how,omitempty"`
		Frames  []plainFrame `json:"frames"`
		LeftOut int          `json:"left_out,omitempty"`
	}
	plain := func(all []Section) []plainSection {
		sections := make([]plainSection, len(all))
		for i, s := range all {
			sections[i] = plainSection{Title: s.Title, How: s.How, LeftOut: s.LeftOut}
			for _, f := range s.Frames {
				p := plainFrame{Frame: f}
				if f.Open {
					for _, l := range f.Source {
						p.Source = append(p.Source, fmt.Sprintf("%d\t%s", l.Number, l))
					}
				}
				sections[i].Frames = append(sections[i].Frames, p)
			}
		}
		return sections
	}
	type plainOutside struct {
		*Outside
		Sections []plainSection `json:"stack,omitempty"`
	}
	var outside *plainOutside
	if r.Outside != nil {
		outside = &plainOutside{r.Outside, plain(r.Outside.Sections)}
	}
	routines, _ := r.routines()
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetIndent("", " ")
	e.SetEscapeHTML(false)
	_ = e.Encode(struct {
		Type     string `json:"type"`
		Title    string `json:"title"`
		Status   int    `json:"status"`
		Detail   string `json:"detail"`
		Incident string `json:"incident"`
		Panic    any    `json:"panic"`
	}{"about:blank", http.StatusText(500), 500, r.Message, r.Incident, struct {
		Report
		Outside  *plainOutside     `json:"outside,omitempty"`
		Sections []plainSection    `json:"stack"`
		Routines []goroutine.Group `json:"goroutine_groups,omitempty"`
	}{*r, outside, plain(r.Sections), routines}})
	_, _ = w.Write(escapeControls(b.Bytes()))
}

// escapeControls escapes in a JSON text what encoding/json leaves as it is and a terminal
// could obey: all characters that are not [visible], which can only be in strings.
func escapeControls(text []byte) []byte {
	var out []byte
	clean := 0
	for i, r := range string(text) {
		if r < 0x7f || visible(r) == r {
			continue
		}
		out = append(out, text[clean:i]...)
		out = fmt.Appendf(out, `\u%04x`, r)
		clean = i + len(string(r))
	}
	return append(out, text[clean:]...)
}
