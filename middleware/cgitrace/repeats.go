package cgitrace

import (
	"hash/maphash"
	"sync"
	"time"
)

// A panic that every request meets must not fill the disk with its stack: within period,
// fullRecords of it have all there is to say, the others what is theirs.
const (
	period      = time.Minute
	fullRecords = 10
	briefFrames = 4    // of the stack in those that follow
	maxStacks   = 1000 // that are told apart
)

// repeats counts the panics of each stack. nil counts none.
type repeats struct {
	mu    sync.Mutex
	began time.Time
	count map[uint64]int
}

var repeatsSeed = maphash.MakeSeed()

// add counts a panic and returns how many there were at its stack within the period.
func (rp *repeats) add(c *caught) int {
	if rp == nil {
		return 1
	}
	var h maphash.Hash
	h.SetSeed(repeatsSeed)
	for _, pc := range c.pcs {
		maphash.WriteComparable(&h, pc)
	}
	key := h.Sum64()
	rp.mu.Lock()
	defer rp.mu.Unlock()
	if now := time.Now(); rp.count == nil || now.Sub(rp.began) >= period || len(rp.count) >= maxStacks {
		rp.began, rp.count = now, make(map[uint64]int)
	}
	rp.count[key]++
	return rp.count[key]
}
