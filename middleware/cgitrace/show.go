package cgitrace

import (
	"net/http"

	"github.com/surcoat/surcoat/internal/respond"
)

// Show answers r for a handler that recovers by itself, exactly as [Page.Wrap] would,
// with the Page found around w, or else with the zero Page. What a layer inside Page
// holds back of the failed response is dropped, and what is written to w afterwards is
// discarded. v is what was recovered, or any error; for nil Show does nothing, so that
// it can stand in a deferred function as it is:
//
//	defer func() { cgitrace.Show(w, r, recover()) }()
//
// Header fields that the handler has set stay, but for those that describe a body. When
// the response has begun to leave, Show panics with [http.ErrAbortHandler]; it does
// likewise when v is that value. Without a Page around w it cannot know, and the header
// must not have left.
func Show(w http.ResponseWriter, r *http.Request, v any) {
	if v == nil {
		return
	}
	if v == http.ErrAbortHandler {
		panic(v)
	}
	c := catch(v)
	rs := around(w)
	if rs == nil {
		page := &Page{}
		page.check()
		rs = &response{page: page}
		rs.Init(w, nil)
		rs.answer(w, r, c, nil)
		return
	}
	rs.answer(rs.base(), r, c, nil)
	rs.replace()
}

// around returns the response of the innermost Page that w came through, or nil.
func around(w http.ResponseWriter) *response {
	for layer := range respond.Layers(w) {
		if rs, ok := layer.(*response); ok {
			return rs
		}
	}
	return nil
}
