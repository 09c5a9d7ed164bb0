module github.com/surcoat/surcoat/middleware/session/boltstore

go 1.26.0

require (
	github.com/surcoat/surcoat v0.0.0
	go.etcd.io/bbolt v1.5.0
)

replace github.com/surcoat/surcoat => ../../..
