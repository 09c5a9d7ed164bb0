package gzip

import (
	"strings"
	"sync/atomic"
)

// memo remembers what the first few lines of some header field came to: there are few kinds
// of browsers and few media types, and each of them says the same in every message. The zero
// memo is empty.
type memo[V any] struct {
	known atomic.Pointer[[]remembered[V]] // never changed, only replaced
}

type remembered[V any] struct {
	line  string
	value V
}

// There are bounds to what others can make the process remember.
const (
	maxRemembered = 8
	maxLine       = 64
)

func (m *memo[V]) find(line string) (v V, ok bool) {
	if known := m.known.Load(); known != nil {
		for i := range *known {
			if k := &(*known)[i]; k.line == line {
				return k.value, true
			}
		}
	}
	return v, false
}

// add remembers what find did not know, as long as there is room.
func (m *memo[V]) add(line string, v V) {
	var old []remembered[V]
	known := m.known.Load()
	if known != nil {
		old = *known
	}
	if len(old) == maxRemembered || len(line) > maxLine {
		return
	}
	// A copy of the line, which may be part of a larger buffer. If somebody else has added
	// meanwhile, the line is for next time.
	more := append(old[:len(old):len(old)], remembered[V]{strings.Clone(line), v})
	m.known.CompareAndSwap(known, &more)
}
