//go:build dev

package stack

// Room is how much stack [Grow] makes sure of.
const Room = 64 << 10

// Grow has the calling goroutine's stack grow now, where it has less than [Room] left, and so not
// later. It returns nothing of interest; n can be any number that is not constant.
//
// A stack that grows is copied elsewhere. What the program will use again follows it;
// variables whose last use is over keep pointing into the old one, which by the time of a panic is
// somebody else's memory. It costs some microseconds.
//
//go:noinline
func Grow(n int) byte {
	var room [Room]byte
	room[n%len(room)] = byte(n)
	return room[n/2%len(room)]
}
