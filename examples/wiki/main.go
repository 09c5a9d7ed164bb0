// Command wiki is a wiki in one program and one folder: the flagship example of
// surcoat. From the repository's root
//
//	go run ./examples/wiki
//
// serves it at http://localhost:8080 with nothing else installed. Under a web server the same
// program is a CGI program, or speaks FastCGI, SCGI, uwsgi or AJP.
package main

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"os"
	"os/signal"
	"syscall"

	"github.com/surcoat/surcoat/gateway"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	context.AfterFunc(ctx, stop) // a second signal ends the program at once
	os.Exit(run(ctx, os.Args[1:], os.Stderr))
}

// Exit codes: 1 for what the machine refuses, 2 for what the command line gets wrong.
const (
	exitFailed = 1
	exitUsage  = 2
)

// run is the program. It returns its exit code.
func run(ctx context.Context, args []string, stderr io.Writer) int {
	started, _ := gateway.Detect() // the error is Serve's as well, unless --listen goes before it
	if started.Address.Protocol == gateway.CGI {
		// Arguments of a CGI program may be words of the query (RFC 3875 §4.4): they are what
		// any client says.
		args = nil
	}
	o, code, ok := parse(args, started, stderr)
	if !ok {
		return code
	}
	level := slog.LevelInfo
	if o.once() {
		level = slog.LevelWarn // there is a log of requests, and it is the web server's
	}
	log := slog.New(slog.NewTextHandler(stderr, &slog.HandlerOptions{Level: level}))
	slog.SetDefault(log) // what happens to sessions is reported there
	if err := serve(ctx, o, log); err != nil {
		fmt.Fprintln(stderr, "wiki:", err)
		return exitFailed
	}
	return 0
}
