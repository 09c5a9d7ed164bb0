package throttle

import "time"

// counter counts the wrong guesses in a row at one account by strangers, or by one device.
type counter struct {
	failures int
	last     time.Duration // when the last of them was
	ends     time.Duration // when they are forgotten
	origins  [4]origin     // where they came from, as far as there is room

	pending int           // guesses under way
	waiting int           // callers who wait until one of these has ended
	settled chan struct{} // closed when one has; nil: nobody waits
}

// origin is how many of the wrong guesses came from one network.
type origin struct {
	network  uint32 // a part of its id; 0: none
	failures int32
}

// maxWaiting bounds who may wait at one account. It is what a browser sends at a time
// over HTTP/2, so that the first requests of a page behind Basic all get their turn.
const maxWaiting = 128

func (c *counter) busy() bool { return c.pending > 0 || c.waiting > 0 }

func (c *counter) over(now time.Duration) bool { return c.failures == 0 || now >= c.ends }

// refresh forgets what is old enough. A clock that was set back prolongs nothing.
func (c *counter) refresh(now time.Duration) {
	if c.over(now) {
		c.failures, c.origins = 0, [4]origin{}
	}
	if back := c.last - now; back > 0 {
		c.last, c.ends = c.last-back, c.ends-back
	}
}

// fail counts one more.
func (c *counter) fail(now, forget time.Duration, network uint32) {
	c.failures++
	c.last, c.ends = now, now+forget
	for i := range c.origins {
		if o := &c.origins[i]; o.failures == 0 || o.network == network {
			o.network = network
			o.failures++
			return
		}
	}
}

// forgive takes back what came from a network.
func (c *counter) forgive(network uint32) {
	for i := range c.origins {
		if o := &c.origins[i]; o.network == network {
			c.failures -= int(o.failures)
			*o = origin{}
		}
	}
}

// settle ends one guess that was under way, and has those who wait look again.
func (c *counter) settle() {
	c.pending--
	if c.settled != nil {
		close(c.settled)
		c.settled = nil
	}
}
