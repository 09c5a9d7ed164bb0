//go:build !linux

package sockets

import "net/netip"

// Listening reports whether something listens at addr. Here it has to connect.
func Listening(addr netip.AddrPort) bool { return answers(addr) }

// Of returns where the processes of a group listen. Here that is not known: nil.
func Of(int) []netip.AddrPort { return nil }

// tells says whether Taken can.
const tells = false

// Taken reports whether a process uses a socket that it was passed. Here that is not known:
// false.
func Taken(int, netip.AddrPort) bool { return false }
