// Package serve is `surcoat serve`: any applications behind the whole stack, put together from
// what a command line or a file says.
//
//	app.go     what --app says
//	handler.go an application as an http.Handler, one file for each kind
//	stack.go   the layers around, and the whole site
package serve
