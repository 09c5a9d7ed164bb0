package gateway

import (
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"os/user"
	"strconv"
)

// Listen opens the place that a URL of [ParseAddress] names. A program needs it only where it
// listens itself, such as before it gives up the right to open low ports, and then hands the
// listener to [Server.ServeListener].
//
// A Unix socket left behind by a process that is gone is replaced; one that somebody listens at, or
// may, and any other file are an error. The socket's file is removed when the listener is closed. A URL
// without a place, such as fcgi:, gets the first listening socket that the program is started with.
//
// A CGI program whose arguments are the words of a query, which any client chooses, gets an error: its
// URL is most likely one of them. See [Detect].
func Listen(ctx context.Context, rawURL string) (net.Listener, error) {
	a, err := ParseAddress(rawURL)
	if err == nil {
		err = a.chosen()
	}
	if err != nil {
		return nil, err
	}
	return a.listen(ctx)
}

func (a Address) listen(ctx context.Context) (net.Listener, error) {
	var config net.ListenConfig
	switch a.Network {
	case "tcp":
		if err := a.open(); err != nil {
			return nil, err
		}
		l, err := config.Listen(ctx, "tcp", a.Address)
		if err != nil {
			return nil, fmt.Errorf("gateway: cannot listen at %s: %w%s", a, err, a.remedy(err))
		}
		return l, nil
	case "unix":
		return a.listenUnix(ctx, &config)
	}
	if a.Protocol == CGI {
		return nil, errors.New("gateway: a CGI program does not listen")
	}
	sockets, _, err := startedWith()
	if err != nil {
		return nil, err
	}
	for _, s := range sockets {
		if s.listening {
			return s.listen()
		}
	}
	return nil, a.notStartedWith()
}

// open refuses to let others than this machine choose the protocol: a port on which HTTP
// works and AJP too is one where any client can call itself a web server.
func (a Address) open() error {
	if a.Protocol != Any || a.loopback() {
		return nil
	}
	return fmt.Errorf("gateway: %s would let every client choose the protocol and so say who it is; any is for loopback addresses and Unix sockets", a)
}

// loopback reports whether the host is one that only this machine reaches.
func (a Address) loopback() bool {
	host, _, _ := net.SplitHostPort(a.Address)
	return host == "localhost" || net.ParseIP(host).IsLoopback()
}

func (a Address) listenUnix(ctx context.Context, config *net.ListenConfig) (net.Listener, error) {
	if err := a.removeStale(ctx); err != nil {
		return nil, err
	}
	config.Control = closed
	l, err := config.Listen(ctx, "unix", a.Address)
	if err != nil {
		return nil, fmt.Errorf("gateway: cannot listen at %s: %w%s", a, err, a.remedy(err))
	}
	if err := a.own(); err != nil {
		_ = l.Close()
		return nil, err
	}
	return l, nil
}

// own gives the socket its group and mode. Until then it is its owner's alone, see [closed].
func (a Address) own() error {
	if a.Group != "" {
		id, err := strconv.Atoi(a.Group)
		if err != nil {
			g, err := user.LookupGroup(a.Group)
			if err != nil {
				return fmt.Errorf("gateway: the group of %s: %w", a, err)
			}
			id, _ = strconv.Atoi(g.Gid)
		}
		if err := os.Lchown(a.Address, -1, id); err != nil {
			return fmt.Errorf("gateway: the group of %s cannot be set to %s: %w; the process has to be in that group", a, a.Group, err)
		}
	}
	mode := a.Mode
	if mode == 0 {
		mode = 0o660
	}
	if err := os.Chmod(a.Address, mode); err != nil {
		return fmt.Errorf("gateway: the mode of %s: %w", a, err)
	}
	return nil
}
