package redisstore

import (
	"errors"
	"fmt"
	"runtime"
	"sync"
	"testing"
	"time"

	"github.com/redis/rueidis"
	"github.com/surcoat/surcoat/internal/testserver"
	"github.com/surcoat/surcoat/middleware/session"
)

// The table keeps to its bytes, and what is used stays.
func TestTable_Bounded(t *testing.T) {
	const max = 64 << 10
	table := newTable[string, int](max, epochHash)
	now := time.Now()
	from := new(connection)
	put := func(key string, size int) {
		table.put(key, &copied[int]{until: now.Add(time.Minute), from: from, size: size})
	}
	put("used", 100)
	for n := range 5_000 {
		put(fmt.Sprint(n), 200)
		if table.get("used", now) == nil {
			t.Fatalf("what is used was dropped after %d", n)
		}
	}
	put("too large", max)
	if table.get("too large", now) != nil {
		t.Error("more is kept than fits")
	}
	bytes, count := 0, 0
	for i := range table.shards {
		bytes, count = bytes+table.shards[i].bytes, count+len(table.shards[i].copies)
	}
	if bytes > max || bytes != 100+(count-1)*200 || bytes < max/2 {
		t.Errorf("%d bytes in %d copies, of %d", bytes, count, max)
	}
	if table.get("used", now.Add(2*time.Minute)) != nil {
		t.Error("a copy is used for too long")
	}
	table.drop("used", new(connection))
	if table.get("used", now) == nil {
		t.Error("a copy was dropped on news from another connection")
	}
	table.drop("used", from)
	table.dropAll(from)
	for i := range table.shards {
		if s := &table.shards[i]; s.bytes != 0 || len(s.copies) != 0 {
			t.Errorf("%d bytes in %d copies are left", s.bytes, len(s.copies))
		}
	}
}

// Whoever waits for a value that somebody asked for is told what became of it.
func TestConnection_Flights(t *testing.T) {
	c := newCopies("p:", 1<<20).connect(rueidis.CacheStoreOption{}).(*connection)
	now := time.Now()
	ask := func() (waits func() error) {
		if _, f := c.Flight("p:e:", "GET", time.Minute, now); f != nil {
			return func() error { _, err := f.Wait(t.Context()); return err }
		}
		return nil
	}
	if ask() != nil {
		t.Fatal("the first who asks is to wait")
	}
	second := ask()
	if second == nil {
		t.Fatal("the second does not wait")
	}
	boom := errors.New("boom")
	c.Cancel("p:e:", "GET", boom)
	if err := second(); !errors.Is(err, boom) {
		t.Errorf("the second got %v", err)
	}
	if ask() != nil {
		t.Error("who asks after a failure is to wait")
	}
	third := ask()
	c.Close(boom)
	if err := third(); !errors.Is(err, boom) {
		t.Errorf("the third got %v", err)
	}
	for range 2 {
		if ask() != nil {
			t.Error("on a closed connection somebody waits")
		}
	}
	c.Cancel("p:e:", "GET", boom)
	c.Close(boom)
}

// Keys that others chose leave no copy, and do no harm.
func TestCopies_Keys(t *testing.T) {
	c := newCopies("p:", 1<<20)
	from := new(connection)
	for _, key := range []string{"", "p:", "p:s", "p:s:", "p:s:AA", "p:e:!", "p:x:AA", "q:s:AA", "p:s:" + name.EncodeToString(make([]byte, 33))} {
		c.put(key, value{text: "\x01", found: true}, time.Now().Add(time.Minute), from)
		c.drop(key, from)
	}
	c.put("p:s:"+name.EncodeToString(make([]byte, 32)), value{}, time.Now().Add(time.Minute), from)
	for i := range c.records.shards {
		if n := len(c.records.shards[i].copies) + len(c.epochs.shards[i].copies); n != 0 {
			t.Errorf("%d copies", n)
		}
	}
}

// Copies never outlive the news of a change: whatever two processes do, both read the
// last version soon after.
func TestCopies_News(t *testing.T) {
	server := testserver.Redis(t)
	stores := [2]*Store{}
	for i := range stores {
		stores[i] = openInside(t, Config{URL: server.URL(), CacheBytes: 1 << 20, Timeout: 10 * time.Second})
	}
	id, expires := session.ID{1}, time.Now().Add(time.Hour)
	if _, err := stores[0].Save(t.Context(), id, session.Record{Subject: "ada", Expires: expires}); err != nil {
		t.Fatal(err)
	}
	var done sync.WaitGroup
	stop := make(chan struct{})
	for n := range 2 {
		done.Go(func() {
			for {
				select {
				case <-stop:
					return
				default:
					_, _ = stores[n%2].Load(t.Context(), id)
					runtime.Gosched()
				}
			}
		})
	}
	for n := range 100 {
		began := time.Now()
		s := stores[n%2]
		r, err := s.Load(t.Context(), id)
		for ; err == nil && r.Version != uint64(n+1); r, err = s.Load(t.Context(), id) {
			if time.Since(began) > 5*time.Second { // less than copies live without news
				t.Fatalf("version %d is still read, of %d", r.Version, n+1)
			}
		}
		if err == nil {
			_, err = s.Save(t.Context(), id, r)
		}
		if err != nil {
			t.Fatalf("round %d: %v", n, err)
		}
	}
	if err := stores[0].Revoke(t.Context(), "ada"); err != nil {
		t.Fatal(err)
	}
	for deadline := time.Now().Add(5 * time.Second); ; {
		if _, err := stores[1].Load(t.Context(), id); errors.Is(err, session.ErrGone) {
			break
		} else if time.Now().After(deadline) {
			t.Error("a revoked session is still read from a copy")
			break
		}
	}
	close(stop)
	done.Wait()
}
