module github.com/surcoat/surcoat/examples

go 1.26.0

require (
	github.com/aymanbagabas/go-udiff v0.4.1
	github.com/gofrs/flock v0.13.1
	golang.org/x/text v0.43.0
)

require golang.org/x/sys v0.47.0 // indirect

replace github.com/surcoat/surcoat => ../
