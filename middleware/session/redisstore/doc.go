// Package redisstore keeps sessions in Redis 6.2 or newer, or Valkey: one server, one
// with replicas under Sentinel, or a Redis Cluster. Any number of processes can share
// them.
//
//	store, err := redisstore.Open(ctx, redisstore.Config{URL: "redis://:password@localhost:6379"})
//	if err != nil {
//		log.Fatal(err)
//	}
//	sessions := &session.Manager{Store: session.NewServerStore(store)}
//	http.ListenAndServe("localhost:8080", sessions.Wrap(mux))
//
// # What holds
//
// No change is lost and no session comes back that was destroyed: every write is a
// compare-and-swap that runs in Redis as one step, on one key. That is so on a cluster,
// too, while its slots move.
//
// Revoke is one write. When it has returned, no process can load, save or touch one of
// the sessions, whether or not their records were removed already; who signs in after
// it is signed in.
//
// Every operation ends within [Config].Timeout, and one that failed because Redis was
// gone works again when it is back. Reads are tried again until then; a write whose
// answer did not come is not, as it may have happened.
//
// Redis without memory left is [session.ErrFull]; sessions can still be read, touched
// and destroyed.
//
// # What does not hold
//
// Redis answers before its replicas, and as a rule before its disk, have what was
// written. A master that dies may take the last writes with it: a login, but also a
// logout, and then the session is back. WaitReplicas makes Save, Delete and Revoke wait
// until so many replicas have it; with as many as a master has, nothing is lost that was
// acknowledged as long as one of them lives. Writes to the list of a subject's sessions
// are waited for at a login. Touch never waits: what may be lost is that a session was
// used.
//
// A server that evicts keys when its memory is full (maxmemory-policy) drops sessions,
// and marks of those that were revoked. Open warns where it can see that; set it to
// noeviction.
//
// Who can write into Redis can sign in as anybody. Who can only read it cannot.
//
// The machines' clocks should agree within a second or so: a record ends by the clock
// of whoever reads it.
//
// # Round trips
//
// To one server. On a cluster, commands of one round trip go to several nodes at once.
//
//	                                                anonymous   signed in
//	load, this process having met the session       1           1
//	load, otherwise                                 1           2
//	load, from the cache                            none        none
//	save                                            1           1
//	create                                          1           3
//	touch, this process having met the session      1           1
//	touch, otherwise                                1           3
//	delete                                          1           2
//	login: a Save that gives the session a subject              2
//	a Save that takes its subject, or changes it                3
//	list, revoke: for each further 100 sessions 1               3
//
// With WaitReplicas the writes come after the reads: one round trip more for a save, and
// each waits for the replicas.
//
// # Client-side caching
//
// With [Config].CacheBytes copies of what was read are kept in memory, and Redis tells
// when one of them changes. A load from them asks nobody.
//
// A process never reads a copy that is older than what it wrote itself. It may read one
// that is older than what another process wrote, until the news arrives: on one machine
// that took 67 µs at the median, 4.5 ms at the 99th percentile, and longer where a process had
// to wait for a processor (docs/sessions-redis.md has the figures). So long a session that was destroyed or revoked elsewhere can still be read, but not written: a
// Save asks Redis, always. When the connection breaks over which news comes, all copies
// are dropped; when it hangs, they are used until that is noticed, which takes up to
// twice Timeout. No copy is used for longer than ten seconds without being fetched anew,
// which is the bound for a master that others have replaced and that does not know.
//
// # Keys
//
// Under Config.Prefix, s: and the hash of a session's id is its record, e: and the
// subject (base64url) the mark of its last revocation, u: and the subject the list of
// its sessions. All of them expire. A record that is neither saved nor touched is
// gone after 400 days, the longest that browsers keep a cookie, and the mark of a
// revocation is kept for a day longer. Values that something else wrote there are
// errors, and are not overwritten.
package redisstore
