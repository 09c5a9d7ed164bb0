//go:build unix && !linux

package account

func acl(string) []Entry { return nil }
