//go:build dev

package stack

// Room is how much stack [Steady] makes sure of for what it calls.
const Room = 64 << 10

// grow has the calling goroutine's stack grow now, where it has less than [Room] and a ballast
// left, and so not later. It returns nothing of interest; n can be any number that is not
// constant. It costs some microseconds.
//
//go:noinline
func grow(n int) byte {
	var room [Room + ballast]byte
	room[n%len(room)] = byte(n)
	return room[n/2%len(room)]
}
