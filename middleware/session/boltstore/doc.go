// Package boltstore keeps sessions in one file, so that they outlive the process.
//
//	store, err := boltstore.Open(ctx, boltstore.Config{Path: "/var/lib/site/sessions.db"})
//	if err != nil {
//		log.Fatal(err)
//	}
//	defer store.Close()
//	sessions := &session.Manager{Store: session.NewServerStore(store)}
package boltstore
