package main

// cases says what is measured, for those who read the figures and not the code.
var cases = map[string]string{
	"Chain5":                      "Five layers that do nothing, as closures.",
	"Chain5Struct":                "The same five layers as small structs, which is how surcoat's own are written. `closures` is Chain5's form of them through surcoat's chain.",
	"Stack/coding=identity":       "A whole stack: error page for panics, compression, session, authentication from the session, and a handler that looks up the user and a value of the session and writes 1.5 KB of JSON. The client takes no compression.",
	"Stack/coding=gzip":           "The same, for a client that takes gzip. Whoever compresses, compresses at level 5. `limit` is the bare handler with one pooled gzip encoder and one XChaCha20-Poly1305 opening of a cookie, and no questions asked.",
	"StackVaried/coding=gzip":     "The same with a body in which every value differs. The encoder, one and the same for most, then takes most of the time, and there is less to gain around it.",
	"StackServed/coding=gzip":     "Stack once more, over a real server and a kept-alive TCP connection on the loopback interface. The server's and the client's own work is in every row.",
	"StackServed/coding=identity": "The same without compression.",
	"GzipJSON1K5":                 "1.5 KB of JSON compressed at level 5. `limit` is the raw pooled encoder around the same handler.",
	"GzipHTML16K":                 "16 KB of HTML.",
	"GzipHTML256K":                "256 KB of HTML.",
	"PassSmall":                   "21 bytes of JSON: too small to be worth it. `bare` is the handler by itself.",
	"PassPNG":                     "64 KB of PNG: compressed already.",
	"PassNoAE":                    "1.5 KB of JSON for a client that takes no compression.",
	"SessionUntouched":            "The visitor has a session; the handler does not ask for it. gorilla has no layer, so that its row is the bare handler.",
	"SessionRead":                 "Three values read. surcoat and gorilla keep them in an encrypted cookie, surcoat-memory and scs in the server's memory.",
	"SessionWrite":                "Three values read and one written.",
	"BasicCached":                 "Basic authentication, the same credential each time. surcoat checks an argon2id hash once and remembers that; chi compares plain text; abbot compares an MD5 hash each time.",
}

// names of rows that are no library's own name.
var names = map[string]string{
	"surcoat":        "**surcoat**",
	"surcoat-memory": "**surcoat**, sessions in memory",
	"usual":          "alice + chi Recoverer + gzhttp + scs",
	"gorilla":        "gorilla",
	"bare":           "*bare handler*",
	"limit":          "*limit*",
	"closures":       "*closures*",
}

// stackNames are those of the Stack cases.
var stackNames = map[string]string{
	"surcoat": "**surcoat**, sessions in a cookie",
	"gorilla": "alice + chi Recoverer + gzhttp + gorilla CookieStore",
	"chi":     "chi with its Compress + scs",
	"negroni": "negroni + gzhttp + scs",
}
