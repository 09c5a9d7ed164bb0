module github.com/surcoat/surcoat/middleware/session/boltstore

go 1.26.0

require (
	github.com/surcoat/surcoat v0.0.0
	go.etcd.io/bbolt v1.5.0
)

require (
	github.com/gorilla/securecookie v1.1.2 // indirect
	github.com/gorilla/sessions v1.4.0 // indirect
	golang.org/x/crypto v0.58.0 // indirect
	golang.org/x/sys v0.49.0 // indirect
)

replace github.com/surcoat/surcoat => ../../..
