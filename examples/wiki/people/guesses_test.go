package people_test

import (
	"fmt"
	"net/netip"
	"os"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/surcoat/surcoat/examples/wiki/people"
)

func TestGuesses(t *testing.T) {
	dir := t.TempDir()
	synctest.Test(t, func(t *testing.T) {
		guess := func(from string, wrong bool) time.Duration {
			t.Helper()
			leave, wait, err := people.NewGuesses(must(t, dir)).Enter(t.Context(), netip.MustParseAddr(from)) // a process
			if err != nil {
				t.Fatal(err)
			}
			if wait == 0 {
				if err := leave(wrong); err != nil {
					t.Fatal(err)
				}
			}
			return wait
		}
		for i := range 50 {
			if wait := guess("192.0.2.1", true); wait != 0 {
				t.Fatalf("guess %d waits for %v", i+1, wait)
			}
		}
		if wait := guess("::ffff:192.0.2.1", true); wait != time.Minute {
			t.Errorf("one more waits for %v", wait)
		}
		for range 200 {
			if wait := guess("192.0.2.2", false); wait != 0 {
				t.Fatalf("somebody else, with the right password, waits for %v", wait)
			}
		}
		for i := range 51 {
			if wait := guess(fmt.Sprintf("2001:db8::%x", i+1), true); (wait > 0) != (i == 50) {
				t.Errorf("address %d of a network waits for %v", i+1, wait)
			}
		}
		time.Sleep(40 * time.Second)
		if wait := guess("192.0.2.1", false); wait.Round(time.Second) != 20*time.Second {
			t.Errorf("then it waits for %v", wait)
		}
		time.Sleep(20 * time.Second)
		if wait := guess("192.0.2.1", true); wait != 0 {
			t.Errorf("after a minute it waits for %v", wait)
		}
		if wait := guess("192.0.2.1", true); wait == 0 {
			t.Error("it may make two after a minute")
		}
	})
}

// Any number of processes at once let as many guesses through as one would.
func TestGuessesAtOnce(t *testing.T) {
	dir := t.TempDir()
	var through atomic.Int64
	var wg sync.WaitGroup
	for range 8 {
		folder := must(t, dir)
		wg.Go(func() {
			for range 10 {
				g := people.NewGuesses(folder)
				g.Every = time.Hour
				_, wait, err := g.Enter(t.Context(), netip.MustParseAddr("192.0.2.1"))
				if err != nil {
					t.Error(err)
				} else if wait == 0 {
					through.Add(1)
				}
			}
		})
	}
	wg.Wait()
	if through.Load() != 50 {
		t.Errorf("%d are let through", through.Load())
	}
}

// What is forgiven is forgotten, and what is damaged keeps nobody out.
func TestGuessesFiles(t *testing.T) {
	folder := must(t, t.TempDir())
	g := people.NewGuesses(folder)
	enter := func(from string) {
		t.Helper()
		if _, wait, err := g.Enter(t.Context(), netip.MustParseAddr(from)); wait != 0 || err != nil {
			t.Fatalf("%v, %v", wait, err)
		}
	}
	enter("192.0.2.1")
	files, err := os.ReadDir(folder.Path("guesses"))
	if err != nil || len(files) != 1 {
		t.Fatalf("%d files, %v", len(files), err)
	}
	old := time.Now().Add(-time.Hour)
	if err := os.Chtimes(folder.Path("guesses", files[0].Name()), old, old); err != nil {
		t.Fatal(err)
	}
	// Not each of the networks that an attacker has looks at the files of all the others.
	enter("192.0.2.2")
	if files, err = os.ReadDir(folder.Path("guesses")); err != nil || len(files) != 2 {
		t.Fatalf("%d files, %v", len(files), err)
	}
	if err := os.Chtimes(folder.Path("guesses.swept"), old, old); err != nil {
		t.Fatal(err)
	}
	enter("192.0.2.3")
	files, err = os.ReadDir(folder.Path("guesses"))
	if err != nil || len(files) != 2 {
		t.Fatalf("%d files, %v", len(files), err)
	}
	if err := os.WriteFile(folder.Path("guesses", files[0].Name()), []byte("{"), 0o600); err != nil {
		t.Fatal(err)
	}
	enter("192.0.2.2")
	enter("192.0.2.3")
}
