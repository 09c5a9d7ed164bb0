package lint

import (
	"hash/maphash"
	"net/http"
	"net/url"
	"slices"
	"strings"
)

// asked is the request as it came: its URL, and its header as a sum, as a copy would
// cost more than all the rest of lint.
type asked struct {
	header http.Header
	live   *url.URL
	url    url.URL
	method string
	sum    uint64     // of all fields
	each   [20]uint64 // of the fields one by one, to tell which has changed
}

func (a *asked) take(r *http.Request) {
	a.header, a.method = r.Header, r.Method
	if a.live = r.URL; r.URL != nil {
		a.url = *r.URL
	}
	i := 0
	for name, values := range r.Header {
		s := fieldSum(name, values)
		if a.sum += s; i < len(a.each) {
			a.each[i] = s
		}
		i++
	}
}

var seed = maphash.MakeSeed()

func fieldSum(name string, values []string) uint64 {
	s := maphash.String(seed, name)
	for _, v := range values {
		s = s*31 + maphash.String(seed, v)
	}
	return s
}

// changed says what the handler has changed in place, "" when nothing. ServeMux,
// ParseForm and the like write to other fields of the request, and what makes a copy of
// it (StripPrefix, Clone) gives it a URL or header of its own.
func (a *asked) changed() string {
	var sum uint64
	for name, values := range a.header {
		sum += fieldSum(name, values)
	}
	switch header, target := sum != a.sum, a.live != nil && *a.live != a.url; {
	case header && target:
		return "r.URL and r.Header" + a.names()
	case header:
		return "r.Header" + a.names()
	case target:
		return "r.URL"
	}
	return ""
}

// names lists the fields that are new or different.
func (a *asked) names() string {
	var names []string
	for name, values := range a.header {
		if !slices.Contains(a.each[:], fieldSum(name, values)) {
			names = append(names, name)
		}
	}
	if len(names) == 0 || len(a.header) > len(a.each) {
		return ""
	}
	slices.Sort(names)
	return " (" + strings.Join(names, ", ") + ")"
}

// checkRequest reports a changed request. The change itself cannot be seen: where the
// handler last asked for its header, or began its answer, is near.
func (rs *response) checkRequest() {
	if what := rs.asked.changed(); what != "" {
		rs.fault(RequestChanged, rs.near(), "the handler that answered here has changed "+what+
			" in place: outer layers and logs see it; change a copy (r.Clone)")
	}
}

func (rs *response) near() []uintptr {
	if n := len(rs.outer.calls); n > 0 {
		return rs.outer.calls[n-1].stack()
	}
	return rs.began.stack()
}
