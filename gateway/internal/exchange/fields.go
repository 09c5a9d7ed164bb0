package exchange

import (
	"net/http"
	"slices"
	"strings"

	"github.com/surcoat/surcoat/gateway/internal/fieldline"
	"github.com/surcoat/surcoat/internal/fieldlist"
)

// appendFields appends the lines of a handler's header that leave this connection, sorted by
// name. Names that are none are left out, as in net/http.
func appendFields(fields []Field, header http.Header, trailers bool) []Field {
	from := len(fields)
	connection := header["Connection"]
	for name, values := range header {
		if hopByHop(name) || !trailers && strings.EqualFold(name, "Trailer") ||
			len(connection) > 0 && fieldlist.Has(connection, name) || !fieldline.ValidName(name) {
			continue // a name with http.TrailerPrefix is none
		}
		for _, value := range values {
			fields = append(fields, Field{name, fieldline.Value(value)})
		}
	}
	slices.SortStableFunc(fields[from:], func(a, b Field) int { return strings.Compare(a.Name, b.Name) })
	return fields
}

// hopByHop reports whether a field is about one connection (RFC 9110 §7.6.1): the server in front
// has its own towards the client.
func hopByHop(name string) bool {
	switch len(name) {
	case len("Connection"):
		return strings.EqualFold(name, "Connection") || strings.EqualFold(name, "Keep-Alive")
	case len("Proxy-Connection"):
		return strings.EqualFold(name, "Proxy-Connection")
	case len("Transfer-Encoding"):
		return strings.EqualFold(name, "Transfer-Encoding")
	}
	return false
}

// without removes the fields of that name.
func without(fields []Field, name string) []Field {
	return slices.DeleteFunc(fields, func(f Field) bool { return strings.EqualFold(f.Name, name) })
}

// declared returns the names in a Trailer field that can be trailers (RFC 9110 §6.5.1).
func declared(lines []string) (names []string) {
	for _, line := range lines {
		for name := range strings.SplitSeq(line, ",") {
			name = http.CanonicalHeaderKey(strings.Trim(name, " \t"))
			if fieldline.ValidName(name) && !strings.HasPrefix(name, "If-") && !notInTrailers[name] {
				names = append(names, name)
			}
		}
	}
	return names
}

// notInTrailers are the fields that frame, route or change the message, or that must be known
// before it is read.
var notInTrailers = map[string]bool{
	"Authorization": true, "Cache-Control": true, "Connection": true, "Content-Encoding": true,
	"Content-Length": true, "Content-Range": true, "Content-Type": true, "Expect": true, "Host": true,
	"Keep-Alive": true, "Max-Forwards": true, "Pragma": true, "Proxy-Authenticate": true,
	"Proxy-Authorization": true, "Proxy-Connection": true, "Range": true, "Realm": true, "Te": true,
	"Trailer": true, "Transfer-Encoding": true, "Www-Authenticate": true,
}

// appendTrailers appends the trailers: those that were declared, and those that the handler named
// with http.TrailerPrefix.
func appendTrailers(fields []Field, header http.Header, declared []string) []Field {
	from := len(fields)
	add := func(name string, values []string) {
		if !fieldline.ValidName(name) {
			return
		}
		for _, value := range values {
			fields = append(fields, Field{name, fieldline.Value(value)})
		}
	}
	for _, name := range declared {
		add(name, header[name])
	}
	for key, values := range header {
		if name, ok := strings.CutPrefix(key, http.TrailerPrefix); ok {
			add(name, values)
		}
	}
	slices.SortStableFunc(fields[from:], func(a, b Field) int { return strings.Compare(a.Name, b.Name) })
	return fields
}
