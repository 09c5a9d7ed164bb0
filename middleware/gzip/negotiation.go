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
	switch len(accepted) {
	case 0:
		return nil
	case 1:
		if c, ok := rs.chosen.find(accepted[0]); ok {
			return c
		}
	}
	var c *coding
	if i := accept.Preferred(accepted, rs.names); i >= 0 {
		c = rs.codings[i]
	}
	if len(accepted) == 1 {
		rs.chosen.add(accepted[0], c)
	}
	return c
}
