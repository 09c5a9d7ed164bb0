package throttle

import (
	"container/list"
	"time"
)

// kept is what a table holds.
type kept interface {
	over(now time.Duration) bool // nothing of it counts any more
	busy() bool                  // somebody will come back to it
}

// table holds a bounded number of counts. When it is full, first what is over goes, then
// the lowest rank, and in a rank the oldest.
type table[V kept] struct {
	room  int
	at    map[id]*list.Element // of *entry[V]
	ranks [ranks]list.List     // each from the oldest to the newest
}

// id is a keyed hash: however long a name is, it takes as much room as others, and
// nobody can choose names that meet.
type id [16]byte

// ranks is how many heights of counts are told apart.
const ranks = 16

type entry[V kept] struct {
	id    id
	rank  int
	value V
}

func newTable[V kept](room int) table[V] {
	return table[V]{room: room, at: map[id]*list.Element{}}
}

func (t *table[V]) find(k id) (v V, ok bool) {
	e, ok := t.at[k]
	if !ok {
		return v, false
	}
	return e.Value.(*entry[V]).value, true
}

// add puts v into the table, where k is not, at the lowest rank.
func (t *table[V]) add(k id, v V, now time.Duration) {
	if len(t.at) >= t.room {
		t.makeRoom(now)
	}
	t.at[k] = t.ranks[0].PushBack(&entry[V]{id: k, value: v})
}

// rise makes k the newest of a rank.
func (t *table[V]) rise(k id, rank int) {
	e, ok := t.at[k]
	if !ok {
		return
	}
	v := e.Value.(*entry[V])
	if rank = min(max(rank, 0), ranks-1); rank == v.rank {
		t.ranks[rank].MoveToBack(e)
		return
	}
	t.ranks[v.rank].Remove(e)
	v.rank = rank
	t.at[k] = t.ranks[rank].PushBack(v)
}

func (t *table[V]) drop(k id) {
	if e, ok := t.at[k]; ok {
		t.ranks[e.Value.(*entry[V]).rank].Remove(e)
		delete(t.at, k)
	}
}

// makeRoom drops one entry, but none that is busy: these are few, as each waits for a hash.
func (t *table[V]) makeRoom(now time.Duration) {
	for i := range t.ranks {
		if e := t.ranks[i].Front(); e != nil {
			if v := e.Value.(*entry[V]); v.value.over(now) && !v.value.busy() {
				t.drop(v.id)
				return
			}
		}
	}
	for i := range t.ranks {
		for e := t.ranks[i].Front(); e != nil; e = e.Next() {
			if v := e.Value.(*entry[V]); !v.value.busy() {
				t.drop(v.id)
				return
			}
		}
	}
}
