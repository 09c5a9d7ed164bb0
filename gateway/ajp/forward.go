package ajp

import "net/http"

// forward is the packet that begins a request.
type forward struct {
	method, protocol, uri              string
	remoteAddr, remoteHost, serverName string
	serverPort                         int
	secure                             bool

	header http.Header // with canonical names, without Host
	host   string
	hosts  int // how many Host fields there were

	query    string
	hasQuery bool
	attrs    [attrMethod + 1]string // those without a name that are one string
	keySize  int
	named    []attribute

	control bool // a string has a CR, LF or NUL
	room    int  // what is left of MaxHeaderBytes
}

// attribute is one that has a name.
type attribute struct{ name, value string }

// perField is what a field or an attribute counts besides its bytes, as in HTTP/2 (RFC 9113
// §6.5.2): short ones take several times the memory of what was sent.
const perField = 32

// parseForward reads what is in a packet of that kind. The strings share text's memory.
func parseForward(text string, most int) (*forward, error) {
	r := &reader{rest: text}
	f := &forward{room: most - len(text)}
	if r.byte() != forwardRequest {
		r.fail(errKind)
	}
	method := r.byte()
	f.protocol, f.uri = r.line(), r.line()
	f.remoteAddr, f.remoteHost, f.serverName = r.line(), r.line(), r.line()
	f.serverPort = r.int()
	f.secure = r.bool()
	f.readHeader(r)
	f.readAttributes(r)
	f.control = r.control
	switch {
	case method > 0 && int(method) < len(methods):
		f.method = methods[method]
	case method == storedMethod:
		f.method = f.attrs[attrMethod]
	default:
		r.fail(errCode)
	}
	return f, r.err
}

// count takes room for a field or an attribute.
func (f *forward) count(r *reader) {
	if f.room -= perField; f.room < 0 {
		r.fail(errTooLong)
	}
}

func (f *forward) readHeader(r *reader) {
	n := r.int()
	if n > len(r.rest)/4 { // a name's code, and a value's length, at least
		r.fail(errShort)
		return
	}
	f.header = make(http.Header, n)
	values := make([]string, n) // one array for nearly all the lists of one
	for i := 0; i < n && r.err == nil; i++ {
		f.count(r)
		name, value := fieldName(r), r.line()
		switch list, repeated := f.header[name]; {
		case name == "Host":
			f.host = value
			f.hosts++
		case repeated:
			f.header[name] = append(list, value)
		default:
			values[i] = value
			f.header[name] = values[i : i+1 : i+1]
		}
	}
}

// fieldName reads a name, or the code of one.
func fieldName(r *reader) string {
	n := r.int()
	if n&0xff00 != fieldCode {
		return http.CanonicalHeaderKey(r.check(r.textOf(n)))
	}
	if n &^= fieldCode; n == 0 || n >= len(requestFields) {
		r.fail(errCode)
		return ""
	}
	return requestFields[n]
}

func (f *forward) readAttributes(r *reader) {
	for r.err == nil {
		switch code := r.byte(); code {
		case endOfAttributes:
			if r.rest != "" {
				r.fail(errRest)
			}
			return
		case attrQuery:
			f.query, f.hasQuery = r.line(), true
		case attrNamed:
			f.named = append(f.named, attribute{r.line(), r.line()})
		case attrSSLKeySize:
			f.keySize = r.int()
		case attrSSLCert:
			f.attrs[code] = r.text() // PEM, which has lines
		case 0:
			r.fail(errCode)
		default:
			if int(code) >= len(f.attrs) {
				r.fail(errCode)
				return
			}
			f.attrs[code] = r.line()
		}
		f.count(r)
	}
}

// attribute returns the last one of that name.
func (f *forward) attribute(name string) (value string) {
	for _, a := range f.named {
		if a.name == name {
			value = a.value
		}
	}
	return value
}
