package boltstore

import (
	"encoding/binary"
	"errors"
	"hash/crc32"
	"math"
	"time"

	"github.com/surcoat/surcoat/middleware/session"
)

// stored is a record as it lies in the file:
//
//	1 byte   format
//	4 bytes  CRC-32C of what follows, as bbolt has sums of its own header only
//	8 bytes  filed
//	varint   Version
//	varint   Expires, Unix time
//	varint   Expires, nanoseconds
//	varint   length of Subject
//	         Subject, then Data to the end
type stored struct {
	session.Record

	// filed is the second under which the index of ends has the record: that of Expires
	// or, since touches do not move the entry, an earlier one.
	filed uint64
}

const (
	recordV1   = 1
	headerSize = 1 + 4
)

var (
	castagnoli = crc32.MakeTable(crc32.Castagnoli)

	errDamaged = errors.New("a stored session is damaged")
	errNewer   = errors.New("a session was stored by a newer version of this program; run that one, or delete the session")
)

// second returns the time from which t has passed, in whole seconds that sort as
// unsigned numbers.
func second(t time.Time) uint64 {
	s := t.Unix()
	if t.Nanosecond() > 0 && s < math.MaxInt64 {
		s++
	}
	return uint64(s) ^ 1<<63
}

// secondAt returns the last second that has begun at t, comparable with what second
// returns.
func secondAt(t time.Time) uint64 { return uint64(t.Unix()) ^ 1<<63 }

func encodeRecord(r *stored) []byte {
	b := make([]byte, headerSize, headerSize+8+4*binary.MaxVarintLen64+len(r.Subject)+len(r.Data))
	b[0] = recordV1
	b = binary.BigEndian.AppendUint64(b, r.filed)
	b = binary.AppendUvarint(b, r.Version)
	b = binary.AppendVarint(b, r.Expires.Unix())
	b = binary.AppendUvarint(b, uint64(r.Expires.Nanosecond()))
	b = binary.AppendUvarint(b, uint64(len(r.Subject)))
	b = append(b, r.Subject...)
	b = append(b, r.Data...)
	binary.BigEndian.PutUint32(b[1:], crc32.Checksum(b[headerSize:], castagnoli))
	return b
}

// decodeRecord is the reverse. Nothing of the result points into b, which bbolt may
// unmap.
func decodeRecord(b []byte) (r stored, err error) {
	switch {
	case len(b) == 0:
		return r, errDamaged
	case b[0] > recordV1:
		return r, errNewer
	case b[0] != recordV1 || len(b) < headerSize+8:
		return r, errDamaged
	case binary.BigEndian.Uint32(b[1:]) != crc32.Checksum(b[headerSize:], castagnoli):
		return r, errDamaged
	}
	b = b[headerSize:]
	r.filed, b = binary.BigEndian.Uint64(b), b[8:]
	fields := varints{b: b}
	r.Version = fields.unsigned()
	sec, nsec, subject := fields.signed(), fields.unsigned(), fields.unsigned()
	if fields.bad || nsec >= 1e9 || subject > uint64(len(fields.b)) {
		return stored{}, errDamaged
	}
	text := string(fields.b)
	r.Subject, r.Data = text[:subject], text[subject:]
	r.Expires = time.Unix(sec, int64(nsec))
	return r, nil
}

// varints reads numbers from the front of b, until one is bad.
type varints struct {
	b   []byte
	bad bool
}

func (v *varints) unsigned() uint64 {
	n, size := binary.Uvarint(v.b)
	v.skip(size)
	return n
}

func (v *varints) signed() int64 {
	n, size := binary.Varint(v.b)
	v.skip(size)
	return n
}

func (v *varints) skip(size int) {
	if size <= 0 {
		v.b, v.bad = nil, true
		return
	}
	v.b = v.b[size:]
}
