package lint

import (
	"net/http"
	"strconv"
	"strings"

	"github.com/surcoat/surcoat/internal/fieldlist"
	"github.com/surcoat/surcoat/internal/vary"
)

// Commit is respond's hook: the header is about to leave.
func (rs *response) Commit(status int) error {
	if rs.hijacked {
		return nil
	}
	rs.outer.absorb(rs.header)
	if rs.early = len(rs.outer.calls); rs.early == 0 && !rs.ending {
		rs.began.mark(4) // above: respond's Commit, one of write and respond's methods, one of ours
	}
	for i := range rs.outer.fields {
		rs.checkField(&rs.outer.fields[i], status)
	}
	rs.checkStatus(status)
	return nil
}

// checkField checks one field of the header. Those that outer layers have set are their
// business, but for the length, which the body must have all the same.
func (rs *response) checkField(f *field, status int) {
	name := http.CanonicalHeaderKey(f.name)
	if name == "Content-Length" {
		rs.checkLength(f, status)
	}
	if f.setBy == given {
		return
	}
	if !isToken(strings.TrimPrefix(f.name, http.TrailerPrefix)) {
		rs.faultIn(f.name, InvalidName, quoted(f.name)+" is not the name of a header field")
	}
	for _, v := range f.values {
		if !isFieldValue(v) {
			rs.faultIn(f.name, InvalidValue, f.name+" has a control character in its value: it is altered on HTTP/1.1 and dropped on HTTP/2")
			return
		}
	}
	switch name {
	case "Connection":
		if !strings.EqualFold(strings.Join(f.values, ","), "close") && !upgrades(status) {
			rs.hopByHop(f)
		}
	case "Upgrade":
		if !upgrades(status) {
			rs.hopByHop(f)
		}
	case "Keep-Alive", "Proxy-Connection", "Te", "Transfer-Encoding":
		rs.hopByHop(f)
	case "Content-Encoding":
		if !strings.EqualFold(f.value, "identity") && f.value != "" && !vary.On(rs.header, "Accept-Encoding") {
			rs.faultIn(f.name, MissingVary, "Content-Encoding "+quoted(f.value)+" without Vary: Accept-Encoding: a cache gives it to clients that cannot read it")
		}
	case "Etag":
		if !isETag(f.value) {
			rs.faultIn(f.name, MalformedETag, "ETag "+quoted(f.value)+` is not "…" or W/"…" in double quotes: no client can ask for it again`)
		}
	case "Date", "Last-Modified", "Expires", "Retry-After":
		if !isDate(f.value) && !hasMeaning(name, f.value) {
			rs.faultIn(f.name, MalformedDate, name+" "+quoted(f.value)+" is not a date in the format http.TimeFormat: it is ignored")
		}
	}
}

func (rs *response) hopByHop(f *field) {
	rs.faultIn(f.name, HopByHop, f.name+" is about one connection, not about the answer: the server sets it")
}

// upgrades reports whether the status is about changing the protocol of the connection.
func upgrades(status int) bool {
	return status == http.StatusSwitchingProtocols || status == http.StatusUpgradeRequired
}

// hasMeaning allows what RFC 9111 §5.3 gives a meaning (Expires: 0), and seconds in Retry-After.
func hasMeaning(name, value string) bool {
	switch name {
	case "Expires":
		return value == "0" || value == "-1"
	case "Retry-After":
		_, err := strconv.ParseUint(value, 10, 64)
		return err == nil
	}
	return false
}

func (rs *response) checkLength(f *field, status int) {
	n, err := strconv.ParseUint(f.value, 10, 63)
	if err != nil || len(f.values) != 1 {
		if f.setBy != given {
			rs.faultIn(f.name, MalformedLength, "Content-Length "+quoted(strings.Join(f.values, ", "))+" is not one number: the server ignores it")
		}
		return
	}
	rs.declared = int64(n)
	if n > 0 && status == http.StatusNoContent {
		rs.faultIn(f.name, ContentLength, "Content-Length "+f.value+" on status 204, which has no body (RFC 9110 §8.6)")
	}
}

// checkStatus checks that the fields are there which the status speaks of.
func (rs *response) checkStatus(status int) {
	field := ""
	switch status {
	case http.StatusUnauthorized:
		field = "Www-Authenticate"
	case http.StatusProxyAuthRequired:
		field = "Proxy-Authenticate"
	case http.StatusMethodNotAllowed:
		field = "Allow"
	case http.StatusMovedPermanently, http.StatusFound, http.StatusSeeOther, http.StatusTemporaryRedirect, http.StatusPermanentRedirect:
		field = "Location"
	case http.StatusUpgradeRequired:
		field = "Upgrade"
	case http.StatusPartialContent:
		if kind, _, _ := strings.Cut(rs.header.Get("Content-Type"), ";"); strings.EqualFold(kind, "multipart/byteranges") {
			return // the ranges are in its parts
		}
		field = "Content-Range"
	case http.StatusRequestedRangeNotSatisfiable:
		field = "Content-Range"
	default:
		return
	}
	if _, ok := rs.header[field]; ok {
		return
	}
	way := routeOf(here())
	if status == http.StatusRequestedRangeNotSatisfiable {
		for _, f := range way.frames {
			if f.Function == "net/http.serveContent" {
				return // a malformed Range: ServeContent chose so, its caller cannot help it
			}
		}
	}
	rs.report(MissingField, way, "status "+strconv.Itoa(status)+" without "+field+", which tells the client what to do")
}

// lateHeader reports what has changed in the header since it left.
func (rs *response) lateHeader() {
	names := rs.outer.differs(rs.header)
	if names == nil {
		return
	}
	rs.outer.absorb(rs.header)
	by, how := rs.outer.last(), " was changed after the header left with status "
	if int(by) < rs.early {
		how = " was changed, in the map that was asked for here, after the header left with status "
	}
	for _, name := range names {
		if name == "Content-Length" && rs.Status() != 0 && rs.header[name] == nil {
			continue // net/http removes one that is malformed
		}
		if !isTrailer(rs.header, name) {
			rs.report(LateHeader, routeOf(rs.outer.stack(by)), name+how+strconv.Itoa(rs.Status())+": it is not sent (trailers have to be declared, or named with http.TrailerPrefix)")
		}
	}
}

// isTrailer reports whether the field is sent after the body.
func isTrailer(h http.Header, name string) bool {
	return strings.HasPrefix(name, http.TrailerPrefix) || fieldlist.Has(h["Trailer"], name)
}

// quoted returns as much of s in quotes as tells what it is: a fault is a line in a log.
func quoted(s string) string {
	const most = 80
	if len(s) <= most {
		return strconv.Quote(s)
	}
	return strconv.Quote(strings.ToValidUTF8(s[:most], "")) + "…"
}
