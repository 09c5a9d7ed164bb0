package lint

import (
	"net/http"
	"net/url"
	"strings"
)

// asked is the request as it came.
type asked struct {
	header http.Header
	was    noted
	live   *url.URL
	url    url.URL
	method string
	told   bool
}

func (a *asked) take(r *http.Request) {
	a.header, a.method = r.Header, r.Method
	if a.live = r.URL; r.URL != nil {
		a.url = *r.URL
	}
	a.was.take(r.Header)
}

// changed says what the handler has changed in place, "" when nothing. ServeMux,
// ParseForm and the like write to other fields of the request, and what makes a copy of
// it (StripPrefix, Clone) gives it a URL or header of its own.
func (a *asked) changed() string {
	var what []string
	if a.live != nil && *a.live != a.url {
		what = append(what, "r.URL")
	}
	if names := a.was.differs(a.header); names != nil {
		what = append(what, "r.Header ("+strings.Join(names, ", ")+")")
	}
	return strings.Join(what, " and ")
}

// checkRequest reports a changed request, once. The change itself cannot be seen:
// pcs is the first call on the writer after it, nil when there was none.
func (rs *response) checkRequest(pcs func() []uintptr) {
	if rs.asked.told {
		return
	}
	what := rs.asked.changed()
	if what == "" {
		return
	}
	rs.asked.told = true
	const why = " in place: outer layers and logs see it; change a copy (r.Clone)"
	if pcs != nil {
		rs.fault(RequestChanged, pcs(), "before this call the handler has changed "+what+why)
	} else {
		rs.fault(RequestChanged, nil, "the handler has changed "+what+why)
	}
}
