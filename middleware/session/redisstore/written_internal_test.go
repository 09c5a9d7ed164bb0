package redisstore

import (
	"testing"
	"testing/synctest"
	"time"

	"github.com/surcoat/surcoat/middleware/session"
)

// After what this process wrote, only copies are taken that are not older.
func TestWritten_Covers(t *testing.T) {
	for _, test := range []struct {
		name    string
		written []state
		copy    state
		taken   bool
	}{
		{"nothing was written", nil, state{}, true},
		{"an older version", []state{{version: 2}}, state{1, 900}, false},
		{"no record yet", []state{{version: 1}}, state{}, false},
		{"the same version", []state{{version: 2}}, state{2, 900}, true},
		{"another's newer version", []state{{version: 2}}, state{3, 900}, true},
		{"before the touch", []state{{2, 950}}, state{2, 900}, false},
		{"after the touch", []state{{2, 950}}, state{2, 950}, true},
		{"touched later by another", []state{{2, 950}}, state{2, 990}, true},
		{"saved and touched", []state{{version: 2}, {2, 950}}, state{2, 900}, false},
		{"touched, then saved", []state{{2, 950}, {version: 3}}, state{2, 950}, false},
		{"touched twice", []state{{2, 950}, {2, 900}}, state{2, 950}, false},
		{"late news of an older version", []state{{version: 3}, {version: 2}}, state{2, 900}, false},
		{"deleted", []state{{version: 2}, never}, state{7, 900}, false},
		{"deleted, and late news", []state{never, {version: 2}}, state{7, 900}, false},
	} {
		w := writtenTable{keep: time.Hour}
		for _, s := range test.written {
			w.note(7, s)
		}
		if got := test.copy.covers(w.left(7)); got != test.taken {
			t.Errorf("%s: taken is %v", test.name, got)
		}
		if w.left(7+uint64(len(w.shards))) != (state{}) {
			t.Errorf("%s: it is said of another key, too", test.name)
		}
	}
}

// What was written is known for the time, and forgotten after twice of it.
func TestWritten_Forgets(t *testing.T) {
	synctest.Test(t, func(*testing.T) {
		w := writtenTable{keep: time.Minute}
		for range 300 {
			w.note(7, state{version: 5})
			time.Sleep(time.Second)
			w.note(7+32, state{version: 5})
		}
		time.Sleep(58 * time.Second)
		w.note(7+64, state{version: 5})
		if w.left(7).version != 5 {
			t.Error("forgotten too early")
		}
		time.Sleep(62 * time.Second)
		w.note(7+64, state{version: 5})
		time.Sleep(62 * time.Second)
		w.note(7+64, state{version: 5})
		if s := &w.shards[7]; w.left(7) != (state{}) || len(s.new)+len(s.old) > 2 {
			t.Errorf("never forgotten: %d and %d entries", len(s.new), len(s.old))
		}
	})
}

func TestSeen(t *testing.T) {
	var table seenTable
	a, b := session.ID{1, 2, 3}, session.ID{1, 2, 4}
	b[8] = 1 // the same place
	table.put(&a, "ada", 0)
	if s, ok := table.get(&a); !ok || s.subject != "ada" {
		t.Errorf("got %+v, %v", s, ok)
	}
	if _, ok := table.get(&b); ok {
		t.Error("one session is taken for another")
	}
	table.put(&a, "ada", 900)
	table.put(&a, "ada", 0)
	if s, _ := table.get(&a); s.listed != 900 {
		t.Errorf("listed until %d", s.listed)
	}
	table.put(&a, "bob", 0)
	if s, _ := table.get(&a); s.subject != "bob" || s.listed != 0 {
		t.Errorf("got %+v", s)
	}
	table.put(&b, "eve", 0)
	if _, ok := table.get(&a); ok {
		t.Error("both are in one place")
	}
}
