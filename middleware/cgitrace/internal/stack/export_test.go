//go:build dev

package stack

import (
	"runtime"

	"github.com/surcoat/surcoat/middleware/cgitrace/internal/memory"
)

// Allowance is allowance.
const Allowance = allowance

// What unwinding consists of, for tests of its parts.
var (
	SavedAMD64 = savedAMD64
	SavedARM64 = savedARM64
	Find       = find
	Address    = address
)

// Unwind copies the stack, has spoil change the copy, and unwinds it. It returns the calls that
// were to be met and the frames that were.
//
//go:noinline
func Unwind(s *Stack, spoil func(words []byte, base uint64, calls []uintptr)) ([]uintptr, []Frame) {
	calls := make([]uintptr, 64)
	calls = calls[:runtime.Callers(1, calls)]
	var mark uint64
	words := make([]byte, firstCopy)
	base, n := memory.CopyStack(words, &mark)
	callee := calls[0]
	calls = calls[1:]
	spoil(words[:n], base, calls)
	w := walk{info: s.info, base: base, words: words[:n], calls: calls}
	w.search(callee)
	return calls, w.frames
}
