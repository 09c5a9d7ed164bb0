// Package relay carries a request's body to an application and its answer back, whatever protocol
// is between: both at once, as they come, and no answer that broke off ends like a whole one.
//
//	up := relay.Send(w, r, body, end) // beside what follows
//	head, err := cgianswer.ReadHead(conn)
//	if err != nil {
//		conn.Close()
//		up.Stop()
//		relay.Fail(w, r, "fcgi", err) // 502
//		return
//	}
//	relay.Answer(w, r, up, relay.Head{…}, answer, torn)
//	up.Stop()
package relay
