module github.com/surcoat/surcoat/e2e

go 1.26.0
