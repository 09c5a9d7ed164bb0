package redisstore_test

import (
	"encoding/binary"
	"errors"
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"github.com/surcoat/surcoat/internal/testserver"
	"github.com/surcoat/surcoat/middleware/session"
	"github.com/surcoat/surcoat/middleware/session/redisstore"
)

// Values that this program cannot read are errors that name the key, and stay as they
// are: another program's, or a newer version's of this one.
func TestForeignValues_Record(t *testing.T) {
	server := testserver.Redis(t)
	good := func(change func(b []byte) []byte) string {
		s := open(t, redisstore.Config{URL: server.URL()})
		save(t, s, id("good"), record(0, "ada", "data"))
		defer server.MustDo("DEL", recordKey(id("good")))
		return string(change([]byte(server.MustDo("GET", recordKey(id("good"))).(string))))
	}
	for name, value := range map[string]string{
		"empty":          "",
		"text":           "hello",
		"JSON":           `{"user":"ada","visits":41,"theme":"dark"}`,
		"newer":          good(func(b []byte) []byte { b[0]++; return b }),
		"cut short":      good(func(b []byte) []byte { return b[:28] }),
		"no subject":     good(func(b []byte) []byte { return b[:29] }),
		"long subject":   good(func(b []byte) []byte { binary.BigEndian.PutUint32(b[25:], 9); return b }),
		"huge subject":   good(func(b []byte) []byte { binary.BigEndian.PutUint32(b[25:], 1<<32-1); return b }),
		"late":           good(func(b []byte) []byte { b[9] = 0x7f; return b }),
		"version zero":   good(func(b []byte) []byte { b[8] = 0; return b }),
		"format zero":    good(func(b []byte) []byte { b[0] = 0; return b }),
		"gorilla's gob":  "\r\xff\x81\x04\x01\x02\xff\x82\x00\x01\x10\x01\x10\x00\x00",
		"another's blob": strings.Repeat("\x7f", 100),
	} {
		for _, cache := range []int64{0, 1 << 20} {
			s := open(t, redisstore.Config{URL: server.URL(), CacheBytes: cache})
			server.MustDo("SET", recordKey(id("a")), value)
			_, load := s.Load(t.Context(), id("a"))
			_, create := s.Save(t.Context(), id("a"), record(0, "ada", "mine"))
			_, save := s.Save(t.Context(), id("a"), record(1, "ada", "mine"))
			touch := s.Touch(t.Context(), id("a"), time.Now().Add(time.Hour))
			for op, err := range map[string]error{"load": load, "create": create, "save": save, "touch": touch} {
				if err == nil || !strings.Contains(err.Error(), recordKey(id("a"))) || errors.Is(err, session.ErrGone) {
					t.Errorf("%s, %s: got %v", name, op, err)
				}
			}
			if name == "newer" && !strings.Contains(load.Error(), "newer version") {
				t.Errorf("a newer format: got %v", load)
			}
			if v := server.MustDo("GET", recordKey(id("a"))); v != value {
				t.Errorf("%s: overwritten with %q", name, v)
			}
		}
	}
	server.MustDo("DEL", recordKey(id("a")))
	server.MustDo("HSET", recordKey(id("a")), "user", "ada")
	s := open(t, redisstore.Config{URL: server.URL()})
	if _, err := s.Load(t.Context(), id("a")); err == nil || !strings.Contains(err.Error(), "WRONGTYPE") {
		t.Errorf("a hash: got %v", err)
	}
}

func TestForeignValues_Epoch(t *testing.T) {
	server := testserver.Redis(t)
	for _, value := range []string{"", "hello", "\x02\x00\x00\x00\x00\x00\x00\x00\x01", "\x01\x00", "\x01\x00\x00\x00\x00\x00\x00\x00\x01x"} {
		for _, cache := range []int64{0, 1 << 20} {
			s := open(t, redisstore.Config{URL: server.URL(), CacheBytes: cache})
			server.MustDo("FLUSHALL")
			save(t, s, id("a"), record(0, "ada", "x"))
			server.MustDo("SET", epochKey("ada"), value)
			_, create := s.Save(t.Context(), id("b"), record(0, "ada", "x"))
			_, save := s.Save(t.Context(), id("a"), record(1, "ada", "x"))
			_, load := s.Load(t.Context(), id("a"))
			touch := s.Touch(t.Context(), id("a"), time.Now().Add(time.Hour))
			revoke := s.Revoke(t.Context(), "ada")
			var list error
			for _, list = range s.List(t.Context(), "ada") {
			}
			for op, err := range map[string]error{"load": load, "create": create, "save": save, "touch": touch, "revoke": revoke, "list": list} {
				if err == nil || !strings.Contains(err.Error(), epochKey("ada")) || errors.Is(err, session.ErrGone) {
					t.Errorf("%q, cache %d, %s: got %v", value, cache, op, err)
				}
			}
			if v := server.MustDo("GET", epochKey("ada")); v != value {
				t.Errorf("%q: overwritten with %q", value, v)
			}
		}
	}
}

// The scripts and the program read the same: what one calls a record the other does.
func TestForeignValues_ScriptsAgree(t *testing.T) {
	server := testserver.Redis(t)
	s := open(t, redisstore.Config{URL: server.URL()})
	save(t, s, id("a"), record(0, "ada", "data"))
	stored := server.MustDo("GET", recordKey(id("a"))).(string)
	for n := range 400 {
		b := []byte(stored)
		for range 1 + rand.IntN(3) {
			b[rand.IntN(len(b))] = byte(rand.IntN(256))
		}
		b = b[:len(b)-rand.IntN(2)*rand.IntN(len(b))]
		key := id(fmt.Sprint(n))
		server.MustDo("SET", recordKey(key), string(b))
		_, load := s.Load(t.Context(), key)
		server.MustDo("SET", recordKey(key), string(b)) // a load removes what was revoked
		touch := s.Touch(t.Context(), key, time.Now().Add(time.Hour))
		if errors.Is(load, session.ErrGone) != errors.Is(touch, session.ErrGone) || (load == nil) != (touch == nil) {
			t.Errorf("%q: load says %v, touch %v", b, load, touch)
		}
	}
}

// A Redis without room says so, and takes what makes room, or none.
func TestFull(t *testing.T) {
	server := testserver.Redis(t, "--maxmemory", "4mb", "--maxmemory-policy", "noeviction")
	s := open(t, redisstore.Config{URL: server.URL()})
	save(t, s, id("a"), record(0, "ada", strings.Repeat("x", 1000)))
	save(t, s, id("b"), record(0, "bob", strings.Repeat("x", 1000)))
	var full error
	for n := range 10_000 {
		if _, full = s.Save(t.Context(), id(fmt.Sprint(n)), record(0, "", strings.Repeat("x", 10_000))); full != nil {
			break
		}
	}
	wantErr(t, "create", full, session.ErrFull)
	_, err := s.Save(t.Context(), id("x"), record(0, "carol", strings.Repeat("x", 10_000)))
	wantErr(t, "login", err, session.ErrFull)
	_, err = s.Save(t.Context(), id("a"), record(1, "ada", strings.Repeat("x", 10_001)))
	wantErr(t, "save", err, session.ErrFull)
	_, err = s.Load(t.Context(), id("a"))
	wantErr(t, "load", err, nil)
	wantErr(t, "touch", s.Touch(t.Context(), id("a"), time.Now().Add(time.Minute)), nil)
	wantErr(t, "delete", s.Delete(t.Context(), id("b")), nil)
	if err := s.Revoke(t.Context(), "ada"); err != nil {
		wantErr(t, "revoke", err, session.ErrFull)
	}
	_, err = s.Load(t.Context(), id("a"))
	wantErr(t, "load after revoke", err, session.ErrGone)
}
