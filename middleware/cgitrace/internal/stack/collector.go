//go:build dev

package stack

import (
	"runtime/debug"
	"runtime/metrics"
	"sync"
)

// held is how many have called Hold and not released.
var held struct {
	sync.Mutex
	count   int
	percent int   // the program's own setting
	limit   int64 // likewise
	lowered int64 // the limit in force meanwhile; 0: the program's own
}

// allowance is how many bytes the program may grow by while the collector is held. Beyond that
// it collects, and values are stale: a flood of panics, in which some hold at any time, would
// otherwise take all memory.
const allowance = 512 << 20

// Hold keeps the garbage collector from beginning a cycle until release is called, and waits
// for one that is under way. What panicking functions do not use any more is otherwise freed,
// and the memory used for something else, while it is read.
//
// A collection that is about to begin in this moment can still do so, on a machine that has much else to
// do. So whether there was one is to be asked when all is read: see [Cycles].
//
// Several may hold at a time; the collector runs again when the last has released. To call
// release more than once does nothing. The collector runs all the same at the program's memory
// limit (GOMEMLIMIT), when the program has grown by 512 MiB, and when runtime.GC is called:
// see [Cycles].
//
// The means are [debug.SetGCPercent] and [debug.SetMemoryLimit]. What the program sets by it
// meanwhile is kept; but the previous value that it is told meanwhile is -1, and if it sets
// that later, it turns the collector off.
func Hold() (release func()) {
	held.Lock()
	defer held.Unlock()
	if held.count == 0 {
		held.percent = debug.SetGCPercent(-1)
		held.limit, held.lowered = debug.SetMemoryLimit(-1), 0
		if limit := inUse() + allowance; limit < held.limit {
			debug.SetMemoryLimit(limit)
			held.lowered = limit
		}
	}
	held.count++
	return sync.OnceFunc(letGo)
}

// letGo undoes one Hold.
func letGo() {
	held.Lock()
	defer held.Unlock()
	if held.count--; held.count > 0 {
		return
	}
	if held.lowered != 0 && debug.SetMemoryLimit(-1) == held.lowered {
		debug.SetMemoryLimit(held.limit)
	}
	if set := debug.SetGCPercent(held.percent); set != -1 {
		debug.SetGCPercent(set) // by the program, while it was held
	}
}

// inUse is the memory of the program, counted as [debug.SetMemoryLimit] does.
func inUse() int64 {
	samples := []metrics.Sample{{Name: "/memory/classes/total:bytes"}, {Name: "/memory/classes/heap/released:bytes"}}
	metrics.Read(samples)
	if samples[0].Value.Kind() != metrics.KindUint64 || samples[1].Value.Kind() != metrics.KindUint64 {
		return 0
	}
	return int64(samples[0].Value.Uint64() - samples[1].Value.Uint64())
}

// Cycles returns how many cycles the garbage collector has completed. If it is the same after
// something was read as it was when the request came in, nothing that the request has ever
// pointed to can have been freed by then, but for places on the stack: see [Stack.Moved].
//
// It takes about 0.1 µs and allocates 48 bytes.
func Cycles() uint64 {
	sample := []metrics.Sample{{Name: "/gc/cycles/total:gc-cycles"}}
	metrics.Read(sample)
	if sample[0].Value.Kind() != metrics.KindUint64 {
		return 0
	}
	return sample[0].Value.Uint64()
}
