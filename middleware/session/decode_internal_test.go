package session

import (
	"reflect"
	"strings"
	"testing"
	"time"
)

func sampleRecord(withPrevious bool) (content, proof) {
	c := content{id: newID(), subject: "alice", created: epoch + 12345, values: values{{"a", "b"}, {"", ""}, {"é", strings.Repeat("x", 300)}}}
	s := newSecret()
	p := proof{renewals: 3, current: s.hash(), rotated: epoch - 7}
	if withPrevious {
		p.previous, p.grace, p.salt = p.current, 99, [16]byte(newID())
	}
	return c, p
}

func TestRecordRoundTrip(t *testing.T) {
	for _, withPrevious := range []bool{false, true} {
		c, p := sampleRecord(withPrevious)
		gotC, gotP, ok := decodeRecord(encodeRecord(&c, &p), nil)
		if !ok || !reflect.DeepEqual(gotC, c) || gotP != p {
			t.Errorf("got %v %v %v", gotC, gotP, ok)
		}
		data := encodeRecord(&c, &p)
		for n := range data {
			if _, _, ok := decodeRecord(data[:n], nil); ok {
				t.Errorf("the first %d bytes are a record", n)
			}
		}
	}
}

// FuzzRecord holds the decoder to not panicking, and to taking nothing that it would
// write differently.
func FuzzRecord(f *testing.F) {
	for _, withPrevious := range []bool{false, true} {
		c, p := sampleRecord(withPrevious)
		f.Add(encodeRecord(&c, &p))
	}
	f.Add("\x01" + strings.Repeat("\xff", 100))
	f.Fuzz(func(t *testing.T, data string) {
		c, p, ok := decodeRecord(data, nil)
		if !ok {
			return
		}
		again := encodeRecord(&c, &p)
		c2, p2, ok := decodeRecord(again, nil)
		if !ok || !reflect.DeepEqual(c, c2) || p != p2 {
			t.Errorf("%q is not %q", again, data)
		}
	})
}

func FuzzCookiePayload(f *testing.F) {
	c, _ := sampleRecord(false)
	st := &state{content: c}
	f.Add(string(st.plain(nil, timeOf(epoch+20000))))
	f.Add("\x01" + strings.Repeat("\xff", 100))
	f.Fuzz(func(t *testing.T, plain string) {
		st := &state{}
		if !decodeCookie(plain, st) {
			return
		}
		again := &state{}
		if !decodeCookie(string(st.plain(nil, timeOf(st.seen))), again) || !reflect.DeepEqual(st.content, again.content) {
			t.Errorf("%v is not %v", again.content, st.content)
		}
	})
}

func FuzzToken(f *testing.F) {
	f.Add(formatToken(newID(), newSecret()))
	f.Add(strings.Repeat("A", tokenLen))
	good := formatToken(newID(), newSecret()) // encoding/base64 skips line ends
	f.Add("AAA\n\n" + good[5:])
	f.Add(good[:idLen+1] + "\n\n\n" + good[idLen+4:])
	f.Fuzz(func(t *testing.T, token string) {
		if id, s, ok := parseToken(token); ok && formatToken(id, s) != token {
			t.Errorf("%q has another spelling", token)
		}
		if id, ok := parseHandle(token); ok && id.String() != token {
			t.Errorf("%q has another spelling", token)
		}
	})
}

func FuzzMeta(f *testing.F) {
	c, _ := sampleRecord(false)
	f.Add(encodeMeta(&state{content: c}, timeOf(epoch)))
	f.Add("1    ")
	f.Fuzz(func(t *testing.T, meta string) {
		st, again := &state{}, &state{}
		if decodeMeta(meta, st) && (!decodeMeta(encodeMeta(st, timeOf(st.seen)), again) || !reflect.DeepEqual(st.content, again.content)) {
			t.Errorf("%q: %v is not %v", meta, again, st)
		}
	})
}

// FuzzNote is of what a Revocations.Backend returns.
func FuzzNote(f *testing.F) {
	f.Add((&note{at: epoch + 7, until: epoch + 8, except: []exception{{newID(), epoch + 6}, {id: newID()}}}).encode())
	f.Add("\x01\x00\x00\xff\xff\xff\xff\x0f")
	f.Fuzz(func(t *testing.T, data string) {
		n, ok := decodeNote(data)
		if !ok {
			return
		}
		if again, ok := decodeNote(n.encode()); !ok || !reflect.DeepEqual(n, again) {
			t.Errorf("%v is not %v", again, n)
		}
	})
}

// FuzzOptions is of what a store that others wrote returns.
func FuzzOptions(f *testing.F) {
	f.Add("3600 0 86400")
	f.Add("-1 1 4294967296")
	f.Fuzz(func(t *testing.T, s string) {
		o, ok := decodeOptions(s)
		if !ok {
			return
		}
		if again, ok := decodeOptions(o.encode()); !ok || again != o || o.MaxAge > maxCookieAge {
			t.Errorf("%q: %v is not %v", s, again, o)
		}
	})
}

func TestRevocationsAreBounded(t *testing.T) {
	l := newMemoryRevocations(3, nil)
	var all [5]target
	for i := range all {
		all[i].id = newID()
	}
	has := func(i int) bool {
		revoked, err := l.has(t.Context(), &content{id: all[i].id})
		return revoked && err == nil
	}
	for i := range 3 {
		if _, full := l.put(all[i], note{until: 100}, 0); full {
			t.Error("full too early")
		}
	}
	l.put(all[2], note{until: 200}, 0) // again: no further entry
	if dropped, full := l.put(all[3], note{until: 100}, 0); !full || dropped != all[0] {
		t.Errorf("dropped %v %v, want the oldest", dropped, full)
	}
	for i, want := range []bool{false, true, true, true, false} {
		if has(i) != want {
			t.Errorf("entry %d: %v", i, !want)
		}
	}
	if _, full := l.put(all[4], note{until: 300}, 150); full || has(1) || !has(2) {
		t.Error("expired entries go first, and silently")
	}
}

func TestLogKeepsWhatMatters(t *testing.T) {
	var ops []op
	for range 1000 { // a loop that sets one key is one change
		ops = logOp(ops, op{name: "a", kind: opSet, value: "1"})
		ops = logOp(ops, op{name: "b", kind: opUpdate, update: func(old string, _ bool) (string, bool, error) { return old + "x", true, nil }})
		ops = logOp(ops, op{name: "b", kind: opDelete})
	}
	if len(ops) != 2 {
		t.Errorf("%d changes", len(ops))
	}
	v, err := replay(values{{"b", "old"}, {"c", "kept"}}, ops)
	if err != nil || !reflect.DeepEqual(v, values{{"a", "1"}, {"c", "kept"}}) {
		t.Errorf("got %v %v", v, err)
	}
}

func timeOf(unix int64) time.Time { return time.Unix(unix, 0) }
