package redisstore

import (
	"encoding/binary"
	"errors"
	"fmt"
	"time"

	"github.com/surcoat/surcoat/middleware/session"
)

// A record is stored as a string of this form, all numbers big-endian:
//
//	 0  format   1 byte, valueV1
//	 1  version  8 bytes
//	 9  expires  8 bytes, Unix time in ms
//	17  epoch    8 bytes, of the subject when it signed in; 0 if it was never revoked
//	25  n        4 bytes
//	29  subject  n bytes
//	    data     the rest
//
// The scripts know these offsets.
const (
	valueV1    = 1
	headLen    = 29
	lastMilli  = 1<<53 - 1 // what a number of Lua holds exactly
	maxSubject = 1 << 20
)

// record is a value that was decoded. Its strings share memory with the value.
type record struct {
	version uint64
	expires int64 // Unix ms
	epoch   uint64
	subject string
	data    string
}

var errDamaged = errors.New("damaged, or written by another program or a newer version of this one")

func encodeRecord(version, epoch uint64, r *session.Record) string {
	b := make([]byte, 0, headLen+len(r.Subject)+len(r.Data))
	b = append(b, valueV1)
	b = binary.BigEndian.AppendUint64(b, version)
	b = binary.BigEndian.AppendUint64(b, uint64(millis(r.Expires)))
	b = binary.BigEndian.AppendUint64(b, epoch)
	b = binary.BigEndian.AppendUint32(b, uint32(len(r.Subject)))
	b = append(b, r.Subject...)
	return string(append(b, r.Data...))
}

func decodeRecord(v string) (r record, err error) {
	if err := formatOf(v, valueV1); err != nil {
		return r, err
	}
	if len(v) < headLen {
		return r, errDamaged
	}
	n := uint64(be32(v[25:]))
	if n > uint64(len(v)-headLen) {
		return r, errDamaged
	}
	r.version, r.expires, r.epoch = be64(v[1:]), int64(be64(v[9:])), be64(v[17:])
	if r.version == 0 || uint64(r.expires) > lastMilli {
		return record{}, errDamaged
	}
	r.subject, r.data = v[headLen:headLen+n], v[headLen+n:]
	return r, nil
}

// formatOf checks the first byte of a value.
func formatOf(v string, known byte) error {
	switch {
	case v == "" || v[0] == 0 || v[0] >= ' ':
		return errDamaged // what people write by hand begins with a printable character
	case v[0] != known:
		return fmt.Errorf("written by a newer version of this program: format %d, and this one knows %d", v[0], known)
	}
	return nil
}

func (r *record) public() session.Record {
	return session.Record{Version: r.version, Subject: r.subject, Expires: time.UnixMilli(r.expires), Data: r.data}
}

// millis returns t in Unix ms, within what a Lua number holds exactly.
func millis(t time.Time) int64 {
	switch sec := t.Unix(); {
	case sec < 0:
		return 0
	case sec > lastMilli/1000-1:
		return lastMilli
	}
	return t.UnixMilli()
}

// bytes8 is a number as the scripts compare it.
func bytes8(n uint64) string {
	var b [8]byte
	binary.BigEndian.PutUint64(b[:], n)
	return string(b[:])
}

func be32(s string) uint32 {
	_ = s[3]
	return uint32(s[0])<<24 | uint32(s[1])<<16 | uint32(s[2])<<8 | uint32(s[3])
}

func be64(s string) uint64 { return uint64(be32(s))<<32 | uint64(be32(s[4:])) }
