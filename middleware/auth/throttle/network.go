package throttle

import (
	"encoding/binary"
	"net/netip"
	"time"
)

// bucket counts the wrong guesses of one network, and forgets them one by one: it is a
// leaky bucket, kept as the moment at which it will be empty.
type bucket struct {
	empty time.Duration
}

func (b *bucket) busy() bool { return false }

func (b *bucket) over(now time.Duration) bool { return now >= b.empty }

// wait is how long it takes until one more fits; 0: it does.
func (b *bucket) wait(now time.Duration, free int, every time.Duration) time.Duration {
	return max(0, b.empty+every-now-time.Duration(free)*every)
}

// networks returns the two networks in which an address is. What one customer of a provider
// has is mostly a single IPv4 address, or 2^64 or many more IPv6 ones (RFC 6177): so a /32
// or a /64. Around them a /24 or a /48 is what one customer may have at most.
func networks(client netip.Addr) (narrow, wide netip.Prefix) {
	client = client.Unmap()
	bits := [2]int{64, 48}
	if client.Is4() {
		bits = [2]int{32, 24}
	}
	narrow, _ = client.Prefix(bits[0]) // fails for no address but the zero one
	wide, _ = client.Prefix(bits[1])
	return narrow, wide
}

// networkIDs returns the ids of both.
func (s *settings) networkIDs(client netip.Addr) (ids [2]id) {
	narrow, wide := networks(client)
	for i, p := range [2]netip.Prefix{narrow, wide} {
		b, _ := p.MarshalBinary()
		ids[i] = s.id("network", string(b))
	}
	return ids
}

// origin returns where a guess at an account comes from, in short: a right one there takes
// back the wrong ones.
func (s *settings) origin(network id, account string) uint32 {
	k := s.id("origin", string(network[:]), account)
	return binary.BigEndian.Uint32(k[:])
}

// networkWait is how long strangers of these networks have to wait.
func (t *Throttle) networkWait(ids [2]id, now time.Duration) (wait time.Duration) {
	for i := range ids {
		if b, ok := t.networks[i].find(ids[i]); ok {
			t.refresh(i, b, now)
			wait = max(wait, b.wait(now, t.set.networkFree[i], t.set.networkEvery[i]))
		}
	}
	return wait
}

// refresh holds a bucket to what it can have in it: also where the clock was set back, or
// known devices, which are not held up, have filled it beyond that.
func (t *Throttle) refresh(i int, b *bucket, now time.Duration) {
	b.empty = min(b.empty, now+time.Duration(t.set.networkFree[i])*t.set.networkEvery[i])
}

// take counts one guess, and returns what it filled: less than a guess, or nothing, where a
// known device comes to a full bucket.
func (t *Throttle) take(ids [2]id, now time.Duration) (filled [2]time.Duration) {
	for i := range ids {
		b, ok := t.networks[i].find(ids[i])
		if !ok {
			b = &bucket{}
			t.networks[i].add(ids[i], b, now)
		}
		t.refresh(i, b, now)
		before := max(b.empty, now)
		b.empty = before + t.set.networkEvery[i]
		t.refresh(i, b, now)
		filled[i] = b.empty - before
		t.rankNetwork(i, ids[i], b, now)
	}
	return filled
}

// giveBack takes a guess that filled so much for not done.
func (t *Throttle) giveBack(ids [2]id, filled [2]time.Duration, now time.Duration) {
	for i := range ids {
		b, ok := t.networks[i].find(ids[i])
		if !ok {
			continue
		}
		if b.empty -= filled[i]; b.over(now) {
			t.networks[i].drop(ids[i])
			continue
		}
		t.rankNetwork(i, ids[i], b, now)
	}
}

func (t *Throttle) rankNetwork(i int, k id, b *bucket, now time.Duration) {
	used := (b.empty - now) / t.set.networkEvery[i]
	t.networks[i].rise(k, int(used)*ranks/(t.set.networkFree[i]+1))
}
