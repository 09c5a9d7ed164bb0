//go:build !linux

package doctor

func selinuxLabel(string) string { return "" }
