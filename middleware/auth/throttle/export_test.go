package throttle

import "time"

// Len is how many accounts, devices and networks are counted.
func (t *Throttle) Len() (accounts, devices, networks int) {
	t.mu.Lock()
	defer t.mu.Unlock()
	return len(t.accounts.at), len(t.devices.at), len(t.networks[0].at) + len(t.networks[1].at)
}

// SetClock has t read another clock from now on.
func (t *Throttle) SetClock(clock func() time.Duration) {
	_ = t.Check()
	t.mu.Lock()
	defer t.mu.Unlock()
	t.set.clock = clock
}
