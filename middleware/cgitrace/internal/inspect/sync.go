//go:build dev

package inspect

import "fmt"

// What packages sync and sync/atomic keep in their types, in words.

// A mutex's state is two flags, a third that a waiter has starved, and how many wait
// (internal/sync.Mutex).
const (
	mutexLocked   = 1
	mutexStarving = 4
	mutexWaiters  = 3 // by how many bits their number is shifted
)

// mutex serves sync.Mutex too, which has the other one in its field mu.
func mutex(v Value) (string, bool) {
	if mu := v.field("mu"); mu.lack == "" {
		v = mu
	}
	state, ok := v.field("state").Int()
	if !ok {
		return "", false
	}
	text := "unlocked"
	if state&mutexLocked != 0 {
		text = "locked"
	}
	if n := state >> mutexWaiters; n > 0 {
		text += fmt.Sprintf(", %d waiting", n)
	}
	if state&mutexStarving != 0 {
		text += ", starving"
	}
	return text, true
}

// A writer that holds a sync.RWMutex, or waits for it, has taken so much from readerCount
// that it is negative; readerWait are the readers that it waits for.
const maxReaders = 1 << 30

func rwMutex(v Value) (string, bool) {
	readers, ok := v.field("readerCount").field("v").Int()
	waited, ok2 := v.field("readerWait").field("v").Int()
	switch {
	case !ok || !ok2:
		return "", false
	case readers == 0:
		return "unlocked", true
	case readers > 0:
		return fmt.Sprintf("read-locked by %d", readers), true
	case waited > 0:
		return fmt.Sprintf("read-locked by %d, and a writer waits", waited), true
	}
	text := "locked"
	if waiting := readers + maxReaders; waiting > 0 {
		text += fmt.Sprintf(", %d readers waiting", waiting)
	}
	return text, true
}

func once(v Value) (string, bool) {
	done, ok := atomicBool(v.field("done"))
	if done == "true" {
		return "done", ok
	}
	return "not done", ok
}

// waitGroup takes the state apart: the counter is its upper half, the waiters its lower one but for
// a flag of package testing/synctest.
func waitGroup(v Value) (string, bool) {
	state, ok := v.field("state").field("v").Uint()
	if !ok {
		return "", false
	}
	text := fmt.Sprintf("counter %d", int32(state>>32))
	if n := uint32(state) &^ (1 << 31); n > 0 {
		text += fmt.Sprintf(", %d waiting", n)
	}
	return text, true
}

func atomicBool(v Value) (string, bool) {
	n, ok := v.field("v").Uint()
	return fmt.Sprint(n != 0), ok
}
