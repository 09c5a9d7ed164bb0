package postgresstore_test

import (
	"context"
	"log"
	"net/http"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/surcoat/surcoat/middleware/session"
	"github.com/surcoat/surcoat/middleware/session/postgresstore"
)

func Example() {
	store, err := postgresstore.Open(context.Background(), postgresstore.Config{URL: "postgres://app:secret@localhost/app"})
	if err != nil {
		log.Fatal(err)
	}
	defer store.Close()
	sessions := &session.Manager{Store: session.NewServerStore(store)}
	log.Fatal(http.ListenAndServe("localhost:8080", sessions.Wrap(http.DefaultServeMux)))
}

// An application that has a pool shares it, and its table may be in a schema of its own.
func ExampleConfig() {
	pool, err := pgxpool.New(context.Background(), "postgres://app:secret@localhost/app?pool_max_conns=20")
	if err != nil {
		log.Fatal(err)
	}
	defer pool.Close()
	store, err := postgresstore.Open(context.Background(), postgresstore.Config{
		Pool:    pool,
		Table:   "web.sessions",
		Timeout: time.Second,
	})
	if err != nil {
		log.Fatal(err)
	}
	defer store.Close() // not the pool
}

// A program that is run for one request leaves the removal of expired rows to another.
func ExampleOpen() {
	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
	defer cancel()
	store, err := postgresstore.Open(ctx, postgresstore.Config{
		URL:         "postgres://app:secret@localhost/app?pool_max_conns=1",
		ExpireEvery: -1,
	})
	if err != nil {
		log.Fatal(err)
	}
	defer store.Close()
}

func ExampleStore_Revoke() {
	store, err := postgresstore.Open(context.Background(), postgresstore.Config{URL: "postgres://app:secret@localhost/app"})
	if err != nil {
		log.Fatal(err)
	}
	defer store.Close()
	if err := store.Revoke(context.Background(), "ada"); err != nil { // sign ada out everywhere
		log.Print(err)
	}
}
