package bench_test

import (
	"context"
	"crypto/rand"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/boj/redistore"
	"github.com/gorilla/securecookie"
	"github.com/redis/go-redis/v9"

	"github.com/surcoat/surcoat/internal/testserver"
	"github.com/surcoat/surcoat/middleware/session"
	"github.com/surcoat/surcoat/middleware/session/redisstore"
)

const (
	visitors = 1000 // who have a session, all of them signed in
	crowd    = 32   // of whom so many come at the same time
	content  = 200  // bytes of a session beside its subject, after encoding
)

// A warehouse keeps one session for each visitor in Redis.
type warehouse interface {
	// load checks what it finds.
	load(visitor int) error
	// save loads, and stores what was loaded.
	save(visitor int) error
}

var warehouses = []struct {
	lib  string
	fill func(*testing.B, *testserver.RedisServer) warehouse
}{
	{"surcoat", func(b *testing.B, s *testserver.RedisServer) warehouse { return newSurcoatStore(b, s, 0) }},
	{"surcoat-cached", func(b *testing.B, s *testserver.RedisServer) warehouse { return newSurcoatStore(b, s, 64<<20) }},
	{"redistore", newRedistore},
	{"go-redis", newGoRedis},
}

// BenchmarkRedisMix: 32 goroutines load sessions of a thousand visitors; one in twenty of
// them stores what it loaded. All stores use one Redis, one after the other.
func BenchmarkRedisMix(b *testing.B) {
	server := testserver.Redis(b)
	for _, w := range warehouses {
		b.Run("lib="+w.lib, func(b *testing.B) {
			server.MustDo("FLUSHALL")
			store := w.fill(b, server)
			for v := range visitors {
				if err := store.save(v); err != nil {
					b.Fatal(err)
				}
			}
			b.SetParallelism(max(1, crowd/runtime.GOMAXPROCS(0)))
			b.ReportAllocs()
			b.ResetTimer()
			b.RunParallel(func(pb *testing.PB) {
				for n := 1; pb.Next(); n++ {
					// A step that has no factor in common with their number visits all.
					v := n * 379 % visitors
					visit := store.load
					if n%20 == 0 {
						visit = store.save
					}
					if err := visit(v); err != nil {
						b.Error(err)
						return
					}
				}
			})
		})
	}
}

func visitorName(v int) string { return fmt.Sprintf("ada%d@example.org", v) }

// surcoatStore is redisstore without a Manager around it.
type surcoatStore struct {
	*redisstore.Store
	ids [visitors]session.ID
}

func newSurcoatStore(b *testing.B, server *testserver.RedisServer, cache int64) warehouse {
	store, err := redisstore.Open(context.Background(), redisstore.Config{URL: server.URL(), CacheBytes: cache})
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { _ = store.Close() })
	s := &surcoatStore{Store: store}
	for v := range s.ids {
		_, _ = rand.Read(s.ids[v][:])
		r := session.Record{Subject: visitorName(v), Data: strings.Repeat("x", content), Expires: time.Now().Add(time.Hour)}
		if _, err := store.Save(context.Background(), s.ids[v], r); err != nil {
			b.Fatal(err)
		}
	}
	return s
}

func (s *surcoatStore) get(v int) (session.Record, error) {
	r, err := s.Load(context.Background(), s.ids[v])
	if err == nil && (r.Subject == "" || len(r.Data) != content) {
		err = fmt.Errorf("loaded %d bytes of %q", len(r.Data), r.Subject)
	}
	return r, err
}

func (s *surcoatStore) load(v int) error {
	_, err := s.get(v)
	return err
}

// save tries again when somebody else was first, as a Manager does. Only surcoat notices.
func (s *surcoatStore) save(v int) error {
	for {
		r, err := s.get(v)
		if err != nil {
			return err
		}
		r.Expires = time.Now().Add(time.Hour)
		if _, err = s.Save(context.Background(), s.ids[v], r); !errors.Is(err, session.ErrConflict) {
			return err
		}
	}
}

// redistoreStore is boj/redistore, the store for gorilla/sessions, which takes requests.
type redistoreStore struct {
	store   *redistore.RediStore
	cookies [visitors]string
}

func newRedistore(b *testing.B, server *testserver.RedisServer) warehouse {
	store, err := redistore.NewRediStore(crowd, "tcp", server.Addr, "", "", securecookie.GenerateRandomKey(32))
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { _ = store.Close() })
	s := &redistoreStore{store: store}
	for v := range s.cookies {
		r, w := httptest.NewRequest("GET", "/", nil), httptest.NewRecorder()
		sess, err := store.New(r, "session")
		if err != nil {
			b.Fatal(err)
		}
		sess.Values["subject"], sess.Values["data"] = visitorName(v), strings.Repeat("x", content)
		if err := store.Save(r, w, sess); err != nil {
			b.Fatal(err)
		}
		c := w.Result().Cookies()[0]
		s.cookies[v] = c.Name + "=" + c.Value
	}
	return s
}

func (s *redistoreStore) load(v int) error { return s.visit(v, false) }
func (s *redistoreStore) save(v int) error { return s.visit(v, true) }

func (s *redistoreStore) visit(v int, save bool) error {
	r := &http.Request{Header: http.Header{"Cookie": {s.cookies[v]}}}
	sess, err := s.store.New(r, "session")
	if err != nil {
		return err
	}
	if subject, _ := sess.Values["subject"].(string); sess.IsNew || subject == "" {
		return fmt.Errorf("loaded %v", sess.Values)
	}
	if !save {
		return nil
	}
	return s.store.Save(r, nowhere{}, sess)
}

// nowhere takes the cookies of a store.
type nowhere struct{}

func (nowhere) Header() http.Header         { return http.Header{} }
func (nowhere) Write(b []byte) (int, error) { return len(b), nil }
func (nowhere) WriteHeader(int)             {}

// goRedisStore is what many programs have: an object in JSON that is got and set. What
// two store at once, it loses; it knows no users, and ends no session of theirs.
type goRedisStore struct {
	*redis.Client
	keys [visitors]string
}

type object struct{ Subject, Data string }

func newGoRedis(b *testing.B, server *testserver.RedisServer) warehouse {
	client := redis.NewClient(&redis.Options{Addr: server.Addr, PoolSize: crowd})
	b.Cleanup(func() { _ = client.Close() })
	s := &goRedisStore{Client: client}
	for v := range s.keys {
		s.keys[v] = "session:" + base64.RawURLEncoding.EncodeToString([]byte(rand.Text()))
		if err := s.set(v, object{visitorName(v), strings.Repeat("x", content)}); err != nil {
			b.Fatal(err)
		}
	}
	return s
}

func (s *goRedisStore) get(v int) (o object, err error) {
	text, err := s.Get(context.Background(), s.keys[v]).Bytes()
	if err == nil {
		err = json.Unmarshal(text, &o)
	}
	if err == nil && (o.Subject == "" || len(o.Data) != content) {
		err = fmt.Errorf("loaded %d bytes of %q", len(o.Data), o.Subject)
	}
	return o, err
}

func (s *goRedisStore) set(v int, o object) error {
	text, err := json.Marshal(o)
	if err != nil {
		return err
	}
	return s.Set(context.Background(), s.keys[v], text, time.Hour).Err()
}

func (s *goRedisStore) load(v int) error {
	_, err := s.get(v)
	return err
}

func (s *goRedisStore) save(v int) error {
	o, err := s.get(v)
	if err != nil {
		return err
	}
	return s.set(v, o)
}
