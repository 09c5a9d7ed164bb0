//go:build !linux

package doctor

// noexec knows no mounts here.
func noexec(string) (m mount, is bool) { return mount{}, false }
