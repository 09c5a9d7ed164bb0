module github.com/surcoat/surcoat/cmd/surcoat

go 1.26.0

replace github.com/surcoat/surcoat => ../..

require (
	github.com/surcoat/surcoat v0.0.0
	golang.org/x/crypto v0.58.0
	golang.org/x/sys v0.49.0
	golang.org/x/term v0.47.0
)

require (
	github.com/gorilla/securecookie v1.1.2 // indirect
	github.com/gorilla/sessions v1.4.0 // indirect
)
