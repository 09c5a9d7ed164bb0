package redisstore_test

import (
	"context"
	"fmt"
	"log"
	"net/http"
	"time"

	"github.com/surcoat/surcoat/middleware/session"
	"github.com/surcoat/surcoat/middleware/session/redisstore"
)

func Example() {
	store, err := redisstore.Open(context.Background(), redisstore.Config{URL: "redis://:password@localhost:6379"})
	if err != nil {
		log.Fatal(err) // it says whether nobody listens, the password is wrong …
	}
	defer store.Close()
	sessions := &session.Manager{Store: session.NewServerStore(store)}
	log.Fatal(http.ListenAndServe("localhost:8080", sessions.Wrap(http.DefaultServeMux)))
}

// A cluster in which every master has one replica. A login that was answered is not
// lost when a master dies, and reading a session that was read before asks nobody.
func ExampleConfig_cluster() {
	store, err := redisstore.Open(context.Background(), redisstore.Config{
		Addrs:        []string{"redis-1:6379", "redis-2:6379", "redis-3:6379"},
		Password:     "password",
		WaitReplicas: 1,
		CacheBytes:   64 << 20,
	})
	if err != nil {
		log.Fatal(err)
	}
	defer store.Close()
}

func ExampleConfig_sentinel() {
	store, err := redisstore.Open(context.Background(), redisstore.Config{
		Addrs:    []string{"sentinel-1:26379", "sentinel-2:26379", "sentinel-3:26379"},
		Sentinel: "mymaster",
		Password: "password",
	})
	if err != nil {
		log.Fatal(err)
	}
	defer store.Close()
}

func ExampleOpen() {
	_, err := redisstore.Open(context.Background(), redisstore.Config{URL: "redis://localhost/sessions"})
	fmt.Println(err)
	// Output: redisstore: Config.URL: not like redis://user:password@host:port/db, with a number for db
}

// A store can be used without a Manager, by a program that looks after sessions.
func ExampleStore() {
	ctx := context.Background()
	store, err := redisstore.Open(ctx, redisstore.Config{})
	if err != nil {
		log.Fatal(err)
	}
	defer store.Close()
	for r, err := range store.List(ctx, "ada@example.org") {
		if err != nil {
			log.Fatal(err)
		}
		fmt.Println("a session until", r.Expires.Format(time.DateTime))
	}
	if err := store.Revoke(ctx, "ada@example.org"); err != nil {
		log.Fatal(err) // they may or may not be signed out; to call it again is safe
	}
}
