package session

import "encoding/binary"

// content is what any store keeps of a session.
type content struct {
	id      publicID
	subject string // whom it signs in; "": nobody
	created int64  // Unix time at which Lifetime began: the creation, or the last Renew
	values  values
}

// proof is what a server-side store keeps of a session's secrets.
type proof struct {
	renewals uint64   // how often Renew ran; a change based on an earlier count is void
	current  hash     // of the secret that is valid
	rotated  int64    // Unix time at which it became so
	previous hash     // of the secret that was valid before; zero: none
	grace    int64    // Unix time until which the previous one is accepted
	salt     [16]byte // with which the previous secret yields the current one
}

// epoch makes times short: Unix time of 2025-01-01.
const epoch = 1735689600

func appendTime(b []byte, unix int64) []byte { return binary.AppendVarint(b, unix-epoch) }

func readTime(r *reader) int64 { return r.varint() + epoch }

const (
	recordV1   = 1
	withoutOld = 0 // no previous secret
	withOld    = 1
)

// encodeRecord returns the Data of a Record.
func encodeRecord(c *content, p *proof) string {
	b := make([]byte, 0, 160+len(c.subject)+c.values.size())
	b = append(b, recordV1)
	b = append(b, c.id[:]...)
	b = appendString(b, c.subject)
	b = appendTime(b, c.created)
	b = binary.AppendUvarint(b, p.renewals)
	b = append(b, p.current[:]...)
	b = appendTime(b, p.rotated)
	if p.previous == (hash{}) {
		b = append(b, withoutOld)
	} else {
		b = append(b, withOld)
		b = append(b, p.previous[:]...)
		b = appendTime(b, p.grace)
		b = append(b, p.salt[:]...)
	}
	return string(c.values.append(b))
}

// decodeRecord is the reverse. The strings of c share memory with data; its values
// use buf while that is large enough.
func decodeRecord(data string, buf values) (c content, p proof, ok bool) {
	r := reader{s: data}
	if r.byte() != recordV1 {
		return c, p, false
	}
	copy(c.id[:], r.take(len(c.id)))
	c.subject = r.string()
	c.created = readTime(&r)
	p.renewals = r.uvarint()
	copy(p.current[:], r.take(len(p.current)))
	p.rotated = readTime(&r)
	switch r.byte() {
	case withoutOld:
	case withOld:
		copy(p.previous[:], r.take(len(p.previous)))
		p.grace = readTime(&r)
		copy(p.salt[:], r.take(len(p.salt)))
	default:
		return c, p, false
	}
	c.values = r.values(buf)
	return c, p, r.done()
}
