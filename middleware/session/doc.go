// Package session keeps what belongs to one client from request to request: who is
// signed in, what lies in the cart, what the next page is to say.
//
//	var cart = session.NewKey[[]Item]("cart")
//
//	sessions := &session.Manager{}
//	http.ListenAndServe("localhost:8080", sessions.Wrap(mux))
//
//	s := session.From(r.Context()) // in a handler
//	items, ok := cart.Get(s)
//	err := cart.Set(s, append(items, item))
//	err = s.Renew(ctx, userID) // at login
//	err = s.Destroy(ctx)       // at logout
//
// A [Manager] works on any store of github.com/gorilla/sessions. It loads a session
// when something of it is first asked for, and stores it, if it was changed, just
// before the response header leaves. A request that does not ask costs nothing, and
// does not notice when the store is down; one that changes a session which then cannot
// be stored is answered with one clean error instead of the handler's page.
//
// # Which store
//
//	one process, whose sessions may end with it     &Manager{}, which is NewServerStore(&Memory{})
//	one process, sessions outlive it                boltstore: one file
//	several processes or machines                   redisstore or postgresstore
//	the same without a server; CGI                  NewCookieStore(keys), all with the same keys
//	a database that a gorilla store exists for      that store
//	any other database                              NewServerStore with a Backend of one's own
//
// boltstore, redisstore and postgresstore are modules of their own below this package.
// Whatever a Backend is, package storetest tells whether it keeps the contract.
//
// # What holds on which store
//
// A server store is one that [NewServerStore] made, on [Memory] or another [Backend].
// Other stores are those that others wrote for gorilla/sessions, its own CookieStore
// and FilesystemStore among them.
//
//	                                      server store    cookie store           other stores
//	cookie and header of the response     yes             yes                    yes
//	change after the header has left      stored (1)      ErrHeaderSent          ErrHeaderSent
//	untouched requests never ask          yes             yes                    yes
//	store down: 503, nothing overwritten  yes             only its list can (2)  yes (5)
//	unreadable data: fresh session        yes             yes                    yes
//	parallel changes are merged           yes             last response wins     last save wins
//	a destroyed session stays so          yes             by its list (2)        by its list (2)
//	rotation with grace (RotateEvery)     yes             every seal is new      no
//	unknown token is never adopted        yes             there are none         yes
//	Renew: the old token dies at once     yes             by its list (2)        by its list (2)
//	a leaked store signs nobody in        yes             nothing is stored      as the store does
//	logout refuses a replayed cookie      yes             by its list (2)        by its list (2)
//	Revoke, RevokeUser                    yes (3)         by its list (2)        by its list (2)
//	RevokeBefore                          no              by its list (2)        by its list (2)
//	List                                  yes (3)         no                     no
//	IdleTimeout and Lifetime enforced     yes             yes                    yes (4)
//	values                                16 MiB or more  2,900 bytes or so      as the store does
//
//	(1) of a session that exists; a new one would need a cookie
//	(2) [Manager.Revocations]: bounded, in this process and until it ends, unless it was
//	    given a Backend; elsewhere a copied cookie that holds the session itself stays
//	    good until it expires, and one that names a record until that has gone
//	(3) where the Backend is a [Revoker] and a [Lister], as all of surcoat's are
//	(4) a store that has limits of its own applies those too: gorilla's codecs 30 days
//	(5) also for a value that is too long, where the store's error does not say that
//
// A cookie that names no session, or cannot be read, stays with the client until the
// session is written to: a response that deleted it could undo one that signed the
// client in meanwhile. Only Destroy deletes it.
//
// # Place in the chain
//
// Outside whatever uses sessions, package auth above all, and inside whatever changes
// response bodies: forwarded, cgitrace, gzip, session, auth, application.
//
// # What it does not do
//
// It does not say who a client is; package auth does. It does not check where a
// request comes from: a SameSite cookie alone is no protection from cross-site
// requests. It holds back no response body: a change after the first byte reaches the
// client only where the table says so. A value that is stored on a server is not
// encrypted there.
package session
