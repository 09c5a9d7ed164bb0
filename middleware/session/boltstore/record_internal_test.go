package boltstore

import (
	"encoding/binary"
	"errors"
	"hash/crc32"
	"math"
	"strings"
	"testing"
	"time"

	"github.com/surcoat/surcoat/middleware/session"
)

var samples = []stored{
	{},
	{filed: math.MaxUint64, Record: session.Record{Version: math.MaxUint64, Subject: "ada", Expires: time.Unix(1<<40, 999999999), Data: "data"}},
	{filed: 1, Record: session.Record{Version: 1, Subject: strings.Repeat("\x00\xff", 200), Expires: time.Unix(-1, 1)}},
	{Record: session.Record{Expires: time.Now(), Data: strings.Repeat("d", 70_000)}},
}

func same(a, b stored) bool {
	return a.filed == b.filed && a.Version == b.Version && a.Subject == b.Subject && a.Data == b.Data && a.Expires.Equal(b.Expires)
}

func TestRecordRoundTrip(t *testing.T) {
	for _, want := range samples {
		b := encodeRecord(&want)
		got, err := decodeRecord(b)
		if err != nil || !same(got, want) {
			t.Errorf("got %+v %v, want %+v", got, err, want)
		}
		for n := range min(len(b), 300) {
			if _, err := decodeRecord(b[:n]); !errors.Is(err, errDamaged) {
				t.Fatalf("the first %d bytes of %d: %v", n, len(b), err)
			}
			b[n] ^= 0x40
			if _, err := decodeRecord(b); err == nil {
				t.Fatalf("byte %d changed: nobody noticed", n)
			}
			b[n] ^= 0x40
		}
		b[0] = recordV1 + 1
		if _, err := decodeRecord(b); !errors.Is(err, errNewer) {
			t.Errorf("a newer format: %v", err)
		}
	}
}

// What the index of ends is sorted by must not come before the end itself.
func TestSecondIsNotBeforeTheEnd(t *testing.T) {
	base := time.Unix(1_800_000_000, 0)
	for _, d := range []time.Duration{0, 1, time.Second - 1, time.Second, -1, -time.Second} {
		end := base.Add(d)
		if secondAt(end) > second(end) || secondAt(end.Add(time.Second)) < second(end) {
			t.Errorf("%v: due from %d, and it is %d", d, second(end), secondAt(end))
		}
	}
	if second(time.Unix(-5, 0)) >= second(time.Unix(5, 0)) {
		t.Error("times before 1970 come after those that follow")
	}
}

// FuzzRecord holds the decoder to not panicking, and to taking nothing that it would
// write differently. The sum is made right, as otherwise nothing gets past it.
func FuzzRecord(f *testing.F) {
	for i := range samples {
		f.Add(encodeRecord(&samples[i])[:min(200, len(encodeRecord(&samples[i])))], true)
	}
	f.Add([]byte{recordV1}, false)
	f.Fuzz(func(t *testing.T, b []byte, sum bool) {
		if sum && len(b) > headerSize {
			b[0] = recordV1
			binary.BigEndian.PutUint32(b[1:], crc32.Checksum(b[headerSize:], castagnoli))
		}
		r, err := decodeRecord(b)
		if err != nil {
			if !same(r, stored{}) {
				t.Fatalf("an error, and %+v", r)
			}
			return
		}
		again, err := decodeRecord(encodeRecord(&r))
		if err != nil || !same(r, again) {
			t.Fatalf("%+v became %+v: %v", r, again, err)
		}
	})
}
