module github.com/surcoat/surcoat/cmd/surcoat

go 1.26.0

replace (
	github.com/surcoat/surcoat => ../..
	github.com/surcoat/surcoat/middleware/session/boltstore => ../../middleware/session/boltstore
	github.com/surcoat/surcoat/middleware/session/redisstore => ../../middleware/session/redisstore
)

require (
	github.com/gorilla/sessions v1.4.0
	github.com/surcoat/surcoat v0.0.0
	github.com/surcoat/surcoat/middleware/session/boltstore v0.0.0
	github.com/surcoat/surcoat/middleware/session/redisstore v0.0.0
	golang.org/x/crypto v0.58.0
	golang.org/x/sys v0.49.0
	golang.org/x/term v0.47.0
)

require (
	github.com/gorilla/securecookie v1.1.2 // indirect
	github.com/klauspost/compress v1.20.3 // indirect
	github.com/redis/rueidis v1.0.79 // indirect
	go.etcd.io/bbolt v1.5.0 // indirect
	golang.org/x/net v0.62.0 // indirect
	golang.org/x/text v0.43.0 // indirect
)
