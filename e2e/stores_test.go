package e2e_test

import (
	"fmt"
	"net/http"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/boj/redistore"
	"github.com/gorilla/securecookie"
	"github.com/gorilla/sessions"
	"github.com/wader/gormstore/v2"
	"gorm.io/driver/postgres"
	"gorm.io/gorm"
	"gorm.io/gorm/logger"

	"github.com/surcoat/surcoat/internal/testserver"
	"github.com/surcoat/surcoat/middleware/session"
	"github.com/surcoat/surcoat/middleware/session/storetest"
)

// onOthers is what a Manager can on a store of somebody else's.
const onOthers = session.Revoke | session.RevokeUser

var hashKey = []byte("an authentication key of 32 bytes")

// codecs are what seals a store's tokens, and a gormstore's records: the store's own,
// or ours in their place.
func codecs(tb testing.TB, ours bool) []securecookie.Codec {
	if !ours {
		return securecookie.CodecsFromPairs(hashKey)
	}
	keys, err := session.ParseKeyring(session.GenerateKey())
	if err != nil {
		tb.Fatal(err)
	}
	return []securecookie.Codec{session.NewCodec(keys)}
}

func newRedistore(tb testing.TB, srv *testserver.RedisServer) *redistore.RediStore {
	s, err := redistore.NewRediStore(10, "tcp", srv.Addr, "", "", hashKey)
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() { _ = s.Close() })
	return s
}

var tables atomic.Int64

func newGormstore(tb testing.TB, srv *testserver.PostgresServer) *gormstore.Store {
	s, _ := newGormstoreAndIDs(tb, srv)
	return s
}

func newGormstoreAndIDs(tb testing.TB, srv *testserver.PostgresServer) (s *gormstore.Store, ids func() []string) {
	db, err := gorm.Open(postgres.Open(srv.URL()), &gorm.Config{Logger: logger.Discard})
	if err != nil {
		tb.Fatal(err)
	}
	pool, err := db.DB()
	if err != nil {
		tb.Fatal(err)
	}
	pool.SetMaxOpenConns(20)
	tb.Cleanup(func() { _ = pool.Close() })
	table := fmt.Sprint("sessions", tables.Add(1))
	s = gormstore.NewOptions(db, gormstore.Options{TableName: table}, hashKey)
	return s, func() (ids []string) {
		if err := db.Table(table).Pluck("id", &ids).Error; err != nil {
			tb.Error(err)
		}
		return ids
	}
}

// oneByOne is for gormstore 2.0.3, which sets its options and its codecs' MaxAge anew at
// each New: a data race, harmless as the values are the same, that -race reports.
type oneByOne struct {
	mu sync.Mutex
	sessions.Store
}

func (s *oneByOne) New(r *http.Request, name string) (*sessions.Session, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.Store.New(r, name)
}

func (s *oneByOne) Save(r *http.Request, w http.ResponseWriter, gs *sessions.Session) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.Store.Save(r, w, gs)
}

func eachCodec(t *testing.T, f func(t *testing.T, codecs []securecookie.Codec)) {
	t.Run("its codec", func(t *testing.T) { f(t, codecs(t, false)) })
	t.Run("our codec", func(t *testing.T) { f(t, codecs(t, true)) })
}

func TestRedistore(t *testing.T) {
	srv := testserver.Redis(t)
	eachCodec(t, func(t *testing.T, codecs []securecookie.Codec) {
		storetest.RunStore(t, func(tb testing.TB) sessions.Store {
			s := newRedistore(tb, srv)
			s.Codecs = codecs
			return s
		}, onOthers)
	})
}

func TestGormstore(t *testing.T) {
	srv := testserver.Postgres(t)
	eachCodec(t, func(t *testing.T, codecs []securecookie.Codec) {
		storetest.RunStore(t, func(tb testing.TB) sessions.Store {
			s := newGormstore(tb, srv)
			s.Codecs = codecs
			return &oneByOne{Store: s}
		}, onOthers)
	})
}

// What each store gets wrong by itself, with the numbers of storetest, and whether a
// Manager makes up for it.
//
// 12: a request that loaded its session before a logout saves it afterwards, and it is
// back: redistore and FilesystemStore write the record anew, gormstore under another id,
// with a cookie for whoever was slow. A Manager refuses that in its own process
// ("12 no zombie" above), and in those that share its Revocations; in others it cannot
// know.
//
// 16: redistore and FilesystemStore keep the id of a cookie whose session they do not
// have, so that who leaves a browser with the cookie of a session that has ended knows
// the cookie of the next one. A Manager gives it another id. gormstore does so itself.
//
// 17: gormstore finds its record by the cookie of the request, so that blanking the ID,
// as gorilla/sessions has it, renews nothing: the old cookie is signed in as well. A
// Manager shows it the cookie of its own choice. The others renew.
//
// 21: all of them store the id as it is, but seal it in the cookie: who reads the store
// signs in as nobody, unless they have the key as well.
//
// 15: gormstore has a data race, see oneByOne, and nothing can make up for that.
//
// 10: with all of them the last save wins, and nothing can make up for it.
func TestPeersAlone(t *testing.T) {
	type ids func() []string // of the records that the store keeps
	files := func(tb testing.TB) (sessions.Store, ids) {
		folder := tb.TempDir()
		return sessions.NewFilesystemStore(folder, hashKey), func() (all []string) {
			names, _ := filepath.Glob(filepath.Join(folder, "session_*"))
			for _, name := range names {
				all = append(all, strings.TrimPrefix(filepath.Base(name), "session_"))
			}
			return all
		}
	}
	redis := func(tb testing.TB) (sessions.Store, ids) {
		srv := testserver.Redis(tb)
		return newRedistore(tb, srv), func() (all []string) {
			keys, _ := srv.MustDo("KEYS", "session_*").([]any)
			for _, key := range keys {
				all = append(all, strings.TrimPrefix(fmt.Sprint(key), "session_"))
			}
			return all
		}
	}
	gorm := func(tb testing.TB) (sessions.Store, ids) {
		return newGormstoreAndIDs(tb, testserver.Postgres(tb))
	}
	for _, peer := range []struct {
		name           string
		open           func(testing.TB) (sessions.Store, ids)
		adopts, renews bool
	}{
		{"redistore", redis, true, true},
		{"gormstore", gorm, false, false},
		{"FilesystemStore", files, true, true},
	} {
		t.Run(peer.name, func(t *testing.T) {
			store, ids := peer.open(t)

			t.Run("12 zombie", func(t *testing.T) {
				v := visit(plainSite(store))
				v.get("/set?x")
				v.slow(func() { v.copy().get("/logout") })
				equal(t, "alone, after the logout", v.get("/show"), "x")
				v = visit(managedSite(store))
				v.get("/set?x")
				v.slow(func() { v.copy().get("/logout") })
				equal(t, "with a Manager", v.get("/show"), "")
				v.get("/set?x")
				v.slow(func() { v.copy().at(managedSite(store)).get("/logout") })
				equal(t, "with a Manager, after a logout in another process", v.get("/show"), "x")
				shared := session.Revocations{Backend: &session.Memory{}}
				process := func() http.Handler { return managedBy(&session.Manager{Store: store, Revocations: shared}) }
				v = visit(process())
				v.get("/set?x")
				v.slow(func() { v.copy().at(process()).get("/logout") })
				equal(t, "with a Manager, after a logout in another process with the same Revocations", v.get("/show"), "")
			})

			t.Run("16 planted cookie", func(t *testing.T) {
				show := func(v *visitor) string {
					v.get("/set?thief")
					thief := v.copy()
					v.copy().get("/logout") // the cookie stays in the browser
					v.get("/set?victim")
					return thief.get("/show")
				}
				equal(t, "alone, the thief sees", show(visit(plainSite(store))), either(peer.adopts, "victim", ""))
				equal(t, "with a Manager, the thief sees", show(visit(managedSite(store))), "")
			})

			t.Run("17 login", func(t *testing.T) {
				who := func(v *visitor) string {
					v.get("/set?x")
					thief := v.copy()
					v.get("/login?ada")
					equal(t, "signed in", v.get("/who"), "ada")
					return thief.get("/who")
				}
				equal(t, "alone, the thief is", who(visit(plainSite(store))), either(peer.renews, "", "ada"))
				equal(t, "with a Manager, the thief is", who(visit(managedSite(store))), "")
			})

			t.Run("21 leaked store", func(t *testing.T) {
				v := visit(managedSite(store))
				v.get("/login?ada")
				if len(ids()) == 0 {
					t.Fatal("the store keeps nothing")
				}
				for _, id := range ids() {
					thief := visit(v.site)
					thief.cookies["__Host-session"] = id
					equal(t, "the thief of an id is", thief.get("/who"), "")
				}
				equal(t, "the owner is", v.get("/who"), "ada")
			})
		})
	}
}

func either(is bool, yes, no string) string {
	if is {
		return yes
	}
	return no
}
