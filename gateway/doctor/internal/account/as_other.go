//go:build !linux

package account

// Do calls f where this process runs as a. Else it is [ErrOther], and f is not called.
func (a Account) Do(f func()) error {
	if !a.IsCurrent() {
		return ErrOther
	}
	f()
	return nil
}

// Ask is [ErrOther]: what a may do is computed.
func (a Account) Ask(string, Access) (may bool, err error) { return false, ErrOther }
