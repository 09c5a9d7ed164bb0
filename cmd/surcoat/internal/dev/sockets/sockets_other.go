//go:build !linux

package sockets

import "net/netip"

// Listening reports whether something listens at addr. Here it has to connect.
func Listening(addr netip.AddrPort) bool { return answers(addr) }

// Of returns where the processes of a group listen. Here that is not known: nil.
func Of(int) []netip.AddrPort { return nil }

// Waiting reports whether connections to addr wait for somebody to accept them. Here that
// is not known: false.
func Waiting(netip.AddrPort) bool { return false }
