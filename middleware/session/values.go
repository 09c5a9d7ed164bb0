package session

import "encoding/binary"

// entry is a value as it is stored: encoded, under its key's name.
type entry struct{ name, value string }

// values is a session's content. Sessions hold few values, so that a scan beats a map.
type values []entry

func (v values) find(name string) (i int, ok bool) {
	for i := range v {
		if v[i].name == name {
			return i, true
		}
	}
	return 0, false
}

func (v values) set(name, value string) values {
	if i, ok := v.find(name); ok {
		v[i].value = value
		return v
	}
	return append(v, entry{name, value})
}

func (v values) del(name string) values {
	if i, ok := v.find(name); ok {
		last := len(v) - 1
		v[i], v[last] = v[last], entry{}
		return v[:last]
	}
	return v
}

// size is an upper bound of what append adds.
func (v values) size() int {
	n := binary.MaxVarintLen32
	for _, e := range v {
		n += len(e.name) + len(e.value) + 2*binary.MaxVarintLen32
	}
	return n
}

// append adds the count of the values, then each name and value.
func (v values) append(b []byte) []byte {
	b = binary.AppendUvarint(b, uint64(len(v)))
	for _, e := range v {
		b = appendString(b, e.name)
		b = appendString(b, e.value)
	}
	return b
}

func appendString(b []byte, s string) []byte {
	b = binary.AppendUvarint(b, uint64(len(s)))
	return append(b, s...)
}

// reader takes apart what the append functions put together. It never panics:
// once something is missing, bad is set and all further reads return zero.
// The strings it returns share memory with s.
type reader struct {
	s   string
	bad bool
}

func (r *reader) byte() byte {
	s := r.take(1)
	if s == "" {
		return 0
	}
	return s[0]
}

func (r *reader) take(n int) string {
	if n < 0 || n > len(r.s) {
		r.s, r.bad = "", true
		return ""
	}
	s := r.s[:n]
	r.s = r.s[n:]
	return s
}

func (r *reader) uvarint() uint64 {
	var x uint64
	for i := 0; i < len(r.s) && i < binary.MaxVarintLen64; i++ {
		b := r.s[i]
		x |= uint64(b&0x7f) << (7 * i)
		if b < 0x80 {
			r.s = r.s[i+1:]
			return x
		}
	}
	r.s, r.bad = "", true
	return 0
}

func (r *reader) varint() int64 {
	u := r.uvarint()
	return int64(u>>1) ^ -int64(u&1)
}

func (r *reader) string() string {
	n := r.uvarint()
	if n > uint64(len(r.s)) {
		r.s, r.bad = "", true
		return ""
	}
	return r.take(int(n))
}

// values reads into buf as long as it is large enough.
func (r *reader) values(buf values) values {
	n := r.uvarint()
	if n > uint64(len(r.s)/2) { // an entry has at least its two lengths
		r.s, r.bad = "", true
		return nil
	}
	v := buf[:0]
	if int(n) > cap(v) {
		v = make(values, 0, n)
	}
	for range n {
		v = append(v, entry{r.string(), r.string()})
	}
	return v
}

// done reports whether all was read, and nothing more is there.
func (r *reader) done() bool { return !r.bad && r.s == "" }
