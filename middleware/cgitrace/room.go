//go:build dev

package cgitrace

// stackRoom is how much stack the goroutine of a request has from the start. Most handlers
// need less.
const stackRoom = 64 << 10

// makeRoom has the stack grow at once, and not while the handler runs. A stack that grows is
// copied elsewhere, and what the program will use again follows it; variables whose last use
// is over keep pointing into the old one, which by the time of a panic is
// somebody else's memory. Its cost is some microseconds for each request.
//
//go:noinline
func makeRoom(n int) byte {
	var room [stackRoom]byte
	room[n%len(room)] = 1
	return room[n/2%len(room)]
}
