package boltstore_test

import (
	"context"
	"fmt"
	"log"
	"net/http"
	"os"
	"path/filepath"
	"time"

	"github.com/surcoat/surcoat/middleware/session"
	"github.com/surcoat/surcoat/middleware/session/boltstore"
)

// A login outlives the process.
func Example() {
	dir, err := os.MkdirTemp("", "site-")
	if err != nil {
		log.Fatal(err)
	}
	defer os.RemoveAll(dir)

	process := func(visit func(http.Handler)) {
		store, err := boltstore.Open(context.Background(), boltstore.Config{Path: filepath.Join(dir, "sessions.db")})
		if err != nil {
			log.Fatal(err)
		}
		defer store.Close()
		sessions := &session.Manager{Store: session.NewServerStore(store)}
		mux := http.NewServeMux()
		mux.HandleFunc("/login", func(_ http.ResponseWriter, r *http.Request) {
			_ = session.From(r.Context()).Renew(r.Context(), "ada") // the Manager answers a failure
		})
		mux.HandleFunc("/", func(w http.ResponseWriter, r *http.Request) {
			fmt.Fprintf(w, "signed in as %q", session.From(r.Context()).Subject())
		})
		visit(sessions.Wrap(mux))
	}

	var token string
	process(func(site http.Handler) { token, _ = ask(site, "/login", "") })
	process(func(site http.Handler) {
		_, page := ask(site, "/", token)
		fmt.Println(page)
	})
	// Output: signed in as "ada"
}

// A small server: little memory, and a bound on what visitors who never sign in can make
// of the disk.
func ExampleConfig() {
	dir, err := os.MkdirTemp("", "site-")
	if err != nil {
		log.Fatal(err)
	}
	defer os.RemoveAll(dir)

	store, err := boltstore.Open(context.Background(), boltstore.Config{
		Path:        filepath.Join(dir, "sessions.db"),
		CacheBytes:  8 << 20,
		MaxSessions: 50_000,
		TouchEvery:  10 * time.Second,
	})
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(store.Len(), store.Close())
	// Output: 0 <nil>
}

// A copy of the sessions for the backup of the night, while they are in use.
func ExampleStore_Backup() {
	dir, err := os.MkdirTemp("", "site-")
	if err != nil {
		log.Fatal(err)
	}
	defer os.RemoveAll(dir)

	store, err := boltstore.Open(context.Background(), boltstore.Config{Path: filepath.Join(dir, "sessions.db")})
	if err != nil {
		log.Fatal(err)
	}
	defer store.Close()
	fmt.Println(store.Backup(filepath.Join(dir, "sessions-"+time.Now().Format(time.DateOnly)+".db")))
	// Output: <nil>
}
