package redisstore

import (
	"testing"
	"time"

	"github.com/surcoat/surcoat/middleware/session"
)

func TestRecord_RoundTrip(t *testing.T) {
	for _, r := range []session.Record{
		{},
		{Subject: "ada", Data: "data", Expires: time.UnixMilli(1_800_000_000_123)},
		{Subject: "\x00\xff", Data: "\x01", Expires: time.UnixMilli(1)},
		{Expires: time.Unix(1<<62, 0)},
		{Expires: time.Unix(-1<<62, 0)},
		{Expires: time.Date(9999, 12, 31, 23, 59, 59, 0, time.UTC)},
	} {
		got, err := decodeRecord(encodeRecord(7, 9, &r))
		want := record{version: 7, expires: millis(r.Expires), epoch: 9, subject: r.Subject, data: r.Data}
		if err != nil || got != want {
			t.Errorf("%+v became %+v, %v", r, got, err)
		}
	}
}

// What is decoded encodes to what it was; the rest is refused.
func FuzzDecodeRecord(f *testing.F) {
	f.Add(encodeRecord(1, 0, &session.Record{}))
	f.Add(encodeRecord(1<<40, 1<<40, &session.Record{Subject: "ada", Data: "data", Expires: time.UnixMilli(1_800_000_000_000)}))
	f.Add("")
	f.Add("\x02")
	f.Fuzz(func(t *testing.T, v string) {
		r, err := decodeRecord(v)
		if err != nil {
			if r != (record{}) {
				t.Errorf("%q is refused and gives %+v", v, r)
			}
			return
		}
		again := r.public()
		if got := encodeRecord(r.version, r.epoch, &again); got != v {
			t.Errorf("%q became %q", v, got)
		}
	})
}

// Whatever is stored, an answer is found; a record of the present epoch is alive.
func FuzzDecodeEpochs(f *testing.F) {
	f.Add("", uint64(0))
	f.Add("\x01\x00\x00\x00\x00\x00\x00\x00\x05", uint64(4))
	f.Add("\x01\x00\x00\x00\x00\x00\x00\x00\x05"+string(make([]byte, exceptLen)), uint64(4))
	f.Fuzz(func(t *testing.T, v string, epoch uint64) {
		e, err := decodeEpochs(v)
		if err != nil {
			return
		}
		excepted := e.alive(session.ID{}, epoch)
		if !e.alive(session.ID{}, e.epoch) || epoch < e.epoch && e.except == "" && excepted {
			t.Errorf("%q, epoch %d", v, epoch)
		}
	})
}

func TestEpochs(t *testing.T) {
	a, b := session.ID{1}, session.ID{2}
	e := epochs{epoch: 10, except: string(a[:]) + bytes8(7)}
	for _, test := range []struct {
		id    session.ID
		epoch uint64
		alive bool
	}{
		{a, 6, false},
		{a, 7, true},
		{a, 9, true},
		{a, 10, true},
		{b, 7, false},
		{b, 9, false},
		{b, 10, true},
		{b, 11, true},
	} {
		if got := e.alive(test.id, test.epoch); got != test.alive {
			t.Errorf("session %d of epoch %d: alive is %v", test.id[0], test.epoch, got)
		}
	}
	if !(epochs{}).alive(a, 0) {
		t.Error("who was never revoked is not alive")
	}
}
