module github.com/surcoat/surcoat/middleware/session/redisstore

go 1.26.0

require (
	github.com/redis/rueidis v1.0.79
	github.com/surcoat/surcoat v0.0.0
)

require (
	github.com/gorilla/securecookie v1.1.2 // indirect
	github.com/gorilla/sessions v1.4.0 // indirect
	golang.org/x/crypto v0.58.0 // indirect
	golang.org/x/net v0.62.0 // indirect
	golang.org/x/sys v0.49.0 // indirect
)

replace github.com/surcoat/surcoat => ../../..
