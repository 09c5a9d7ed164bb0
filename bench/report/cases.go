package main

import "slices"

// A description says what a case measures, for those who read the figures and not the code.
type description struct{ name, text string }

// cases are in the order of the page.
var cases = []description{
	{"Stack/coding=identity", "A whole stack: error page for panics, compression, session, authentication from the session, and a handler that takes the user and a value of the session and writes 1.5 KB of JSON. The user is looked up for every request. The client takes no compression. `limit` is the bare handler with one XChaCha20-Poly1305 opening of a cookie, and no questions asked."},
	{"Stack/coding=gzip", "The same for a client that takes gzip. Whoever compresses, compresses at level 5. `limit` also runs one pooled gzip encoder."},
	{"StackVaried/coding=gzip", "The same with a body in which every value differs, where Stack's has records of the same values. The encoder, the same one for most, then takes most of the time, and there is less to gain around it."},
	{"StackServed/coding=identity", "Stack behind a real server, over one kept-alive TCP connection of the loopback interface. The server's and the client's own work is in every row."},
	{"StackServed/coding=gzip", "The same, compressed."},
	{"Chain5", "Five layers that do nothing, as closures."},
	{"Chain5Struct", "The same five layers as small structs, which is how surcoat's own are written. `closures` are Chain5's layers in surcoat's chain."},
	{"GzipJSON1K5", "1.5 KB of JSON compressed at level 5. `limit` is the raw pooled encoder around the same handler."},
	{"GzipHTML16K", "16 KB of HTML."},
	{"GzipHTML256K", "256 KB of HTML."},
	{"PassSmall", "21 bytes of JSON: too small to be worth it. `bare` is the handler by itself. Whose body is longer than that has compressed it all the same."},
	{"PassPNG", "64 KB of PNG: compressed already."},
	{"PassNoAE", "1.5 KB of JSON for a client that takes no compression."},
	{"SessionUntouched", "The visitor has a session; the handler does not ask for it. gorilla has no layer, so that its row is the bare handler."},
	{"SessionRead", "Three values read. surcoat and gorilla keep them in an encrypted cookie; surcoat, in memory, and scs keep them on the server."},
	{"SessionWrite", "Three values read and one written."},
	{"BasicCached", "Basic authentication, the same credential each time. surcoat has checked an argon2id hash once and looks the user up each time; chi compares plain text; abbot compares an MD5 hash each time."},
}

// place is where a case stands on the page; those without a description come last.
func place(name string) int {
	i := slices.IndexFunc(cases, func(d description) bool { return d.name == name })
	if i < 0 {
		return len(cases)
	}
	return i
}

// names of rows that are no library's own name.
var names = map[string]string{
	"surcoat":        "**surcoat**",
	"surcoat-memory": "**surcoat**, in memory",
	"gorilla":        "gorilla CookieStore",
	"usual":          "alice + chi Recoverer + gzhttp + scs",
	"bare":           "*bare handler*",
	"limit":          "*limit*",
	"closures":       "*closures*",
}

// stackNames are those of the Stack cases.
var stackNames = map[string]string{
	"surcoat":        "**surcoat**, sessions in a cookie",
	"surcoat-memory": "**surcoat**, sessions in memory",
	"gorilla":        "alice + chi Recoverer + gzhttp + gorilla CookieStore",
	"chi":            "chi with its Compress + scs",
	"negroni":        "negroni + gzhttp + scs",
}
