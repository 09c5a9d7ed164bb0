package gzip

import "github.com/surcoat/surcoat/internal/accept"

// choose returns the coding in which a client with these Accept-Encoding lines gets
// a body, nil for none.
//
// A client that sends no Accept-Encoding at all would take any coding (RFC 9110 §12.5.3)
// but most likely knows none. One that refuses identity as well as everything on offer
// gets identity: an answer that it may not be able to read is better than an error that it
// can read no better.
func (rs *rules) choose(accepted []string) *coding {
	if len(accepted) == 0 {
		return nil
	}
	if i := accept.Preferred(accepted, rs.names); i >= 0 {
		return rs.codings[i]
	}
	return nil
}

// takes reports whether a body in coding c is of use to such a client.
func (c *coding) takes(accepted []string) bool {
	return len(accepted) == 0 || accept.Coding(accepted, c.name) > 0
}
