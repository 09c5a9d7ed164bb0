module github.com/surcoat/surcoat/examples

go 1.26.0

require (
	github.com/andybalholm/brotli v1.2.8
	github.com/aymanbagabas/go-udiff v0.4.1
	github.com/gofrs/flock v0.13.1
	github.com/gorilla/sessions v1.4.0
	github.com/microcosm-cc/bluemonday v1.0.27
	github.com/surcoat/surcoat v0.0.0
	github.com/surcoat/surcoat/middleware/session/boltstore v0.0.0
	github.com/surcoat/surcoat/middleware/session/postgresstore v0.0.0
	github.com/surcoat/surcoat/middleware/session/redisstore v0.0.0
	github.com/yuin/goldmark v1.8.7
	golang.org/x/net v0.62.0
	golang.org/x/text v0.43.0
	rsc.io/qr v0.2.0
)

require (
	github.com/aymerick/douceur v0.2.0 // indirect
	github.com/gorilla/css v1.0.1 // indirect
	github.com/gorilla/securecookie v1.1.2 // indirect
	github.com/jackc/pgpassfile v1.0.0 // indirect
	github.com/jackc/pgservicefile v0.0.0-20240606120523-5a60cdf6a761 // indirect
	github.com/jackc/pgx/v5 v5.12.0 // indirect
	github.com/jackc/puddle/v2 v2.2.3 // indirect
	github.com/klauspost/compress v1.20.3 // indirect
	github.com/redis/rueidis v1.0.79 // indirect
	go.etcd.io/bbolt v1.5.0 // indirect
	golang.org/x/crypto v0.58.0 // indirect
	golang.org/x/sync v0.24.0 // indirect
	golang.org/x/sys v0.49.0 // indirect
)

replace (
	github.com/surcoat/surcoat => ../
	github.com/surcoat/surcoat/middleware/session/boltstore => ../middleware/session/boltstore
	github.com/surcoat/surcoat/middleware/session/postgresstore => ../middleware/session/postgresstore
	github.com/surcoat/surcoat/middleware/session/redisstore => ../middleware/session/redisstore
)
