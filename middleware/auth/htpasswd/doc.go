// Package htpasswd lets the users in a password file of the Apache web server sign in.
//
//	users, err := htpasswd.Open(htpasswd.Config{Users: "site.htpasswd", Groups: "site.groups"})
//	if err != nil {
//		log.Fatal(err)
//	}
//	accounts := &auth.Accounts{Users: users}
//	guard := &auth.Guard{Schemes: []auth.Scheme{&auth.Basic{Accounts: accounts}}}
//
// A [File] takes what Apache's htpasswd makes: bcrypt (-B), apr1 (-m, its default),
// SHA-256 and SHA-512 crypt (-2, -5) and {SHA} (-s); and argon2id, which `surcoat passwd`
// can make. Two of its formats it refuses: DES crypt (-d), which cuts passwords to 8
// characters, and plain text (-p). As with Apache, empty lines and those that begin with
// "#" say nothing, of two lines with one name the first counts, and what follows a second
// colon is a comment.
//
// The file is followed: what changes in it holds about a second later. Who is in it is
// for its owner to say, so to package auth it is a store that cannot be written. [Set] and
// [Delete] change a file, for commands.
package htpasswd
