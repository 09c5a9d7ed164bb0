package password

import "strings"

// crypt64 is the alphabet in which the crypt(3) family writes hashes and salts.
const crypt64 = "./0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"

func isCrypt64(s string) bool { return strings.Trim(s, crypt64) == "" }

// appendCrypt64 writes three bytes as n characters, the lowest six bits first.
func appendCrypt64(dst []byte, high, middle, low byte, n int) []byte {
	bits := uint(high)<<16 | uint(middle)<<8 | uint(low)
	for range n {
		dst = append(dst, crypt64[bits&0x3f])
		bits >>= 6
	}
	return dst
}

// cryptSalt reports whether s can be a salt of at most most bytes. The formats forbid
// little more than what would end the salt, or a line of a file; stranger ones nobody makes.
func cryptSalt(s string, most int) bool {
	return s != "" && len(s) <= most && !strings.ContainsFunc(s, func(r rune) bool {
		return r <= ' ' || r >= 0x7f || r == '$' || r == ':'
	})
}

// maxCrypt is the length in bytes from which libxcrypt, the crypt(3) of Linux systems,
// takes no password. The work of its older algorithms grows with the password, and a
// check must not cost what its sender likes.
const maxCrypt = 512
