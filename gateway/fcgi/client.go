package fcgi

import (
	"errors"
	"log/slog"
	"net/http"
	"sync"
	"time"

	"github.com/surcoat/surcoat/gateway/internal/cgienv"
	"github.com/surcoat/surcoat/gateway/internal/complaint"
	"github.com/surcoat/surcoat/gateway/internal/relay"
	"github.com/surcoat/surcoat/gateway/internal/upstream"
)

// Client answers requests by sending them to a FastCGI application, as a responder: to PHP-FPM,
// with Root, or to one program. Its fields must not be changed after the first request; it is for
// many requests at once.
//
// Connections are kept, where the application keeps them, and carry one request at a time. A body
// and its answer are on their way at once.
//
// A request is sent again only where the application cannot have seen it: to the next address,
// where one cannot be reached or refuses it; over a new connection, where a kept one was closed
// before anything came back, for a method that may be repeated (RFC 9110 §9.2.2) and without a
// body.
type Client struct {
	// Addresses are where the application listens, "host:port" or "unix:/path" each. The one with
	// the fewest requests is asked; one that cannot be reached, or is full, is left alone for a
	// while. At least one.
	Addresses []string

	// Mount is the part of the path that is the application's address: "/wiki", with or without a
	// slash at its end. Requests outside it are answered with 404. "" and "/": the whole path is
	// the application's, less what http.StripPrefix took off, which counts as Mount.
	Mount string

	// Root is the folder whose scripts the application runs, as this process sees it. Only a file
	// that is there is handed to the application. "": it is not asked for files; every request goes
	// to the application.
	Root string
	// RemoteRoot is Root as the application sees it: in a container, on another machine. "": Root.
	RemoteRoot string
	// Index is the names of the files that answer for their folder, the first that is there.
	// nil: "index.php".
	Index []string
	// Extensions are the ends of the names of scripts. nil: ".php".
	Extensions []string
	// Fallback is the path, below Root, of the script that answers for what is not there:
	// "/index.php" for WordPress, Laravel and their like. "": it is answered with 404.
	Fallback string
	// Static answers for the files of Root that are no scripts, http.FileServer(http.Dir(root)),
	// say. It sees the path below Root, and is not asked for what has one of Extensions anywhere in
	// its name, as copies of scripts have ("config.php~"). nil: 404.
	Static http.Handler

	// Script is SCRIPT_FILENAME of all requests, without a Root: some applications want to know
	// which program they are. "": the variable is left out.
	Script string
	// Env is more variables for the application. They take the place of none that the request has.
	// Names that begin with HTTP_ are the client's to say, and are an error.
	Env map[string]string
	// SendfileRoot is the folder, an absolute path, whose files the application may have sent to
	// the client in the place of its answer's body, with X-Sendfile (a path in the folder) or
	// X-Accel-Redirect (a path below it). "": none may be; such an answer becomes a 502. Clients
	// never see the fields.
	SendfileRoot string

	// Logger gets what the application writes to its standard error, line by line. Of a request it
	// takes 64 KiB at most, and 1000 lines. nil: slog.Default().
	Logger *slog.Logger

	// DialTimeout is how long a connection may take to be made. 0: 5 s.
	DialTimeout time.Duration
	// AnswerTimeout is how long the application may take until the head of its answer has come; the
	// time in which the client sends its body does not count. Then the answer is 504. 0: 1 min.
	// Negative: no limit.
	AnswerTimeout time.Duration
	// Timeout is how long a request may take, with its answer. Then the answer is 504, or breaks
	// off if it has begun. 0: no limit.
	Timeout time.Duration
	// IdleTimeout is how long a connection is kept without a request. 0: 30 s. Negative: none is
	// kept.
	IdleTimeout time.Duration
	// MaxIdle is how many connections are kept without a request, for each address. 0: 32. PHP-FPM
	// has a process for each connection: where a new one is not served for a tenth of a second, a
	// kept one is closed for it.
	MaxIdle int
	// MaxSpool is how long a body may be that came without a Content-Length; it is kept until its
	// end, in a temporary file from 256 KiB on, since the application is to know its length. More
	// is answered with 413. 0: 64 MiB. Negative: no limit.
	MaxSpool int64

	once     sync.Once
	wrong    error
	upstream *upstream.Client
	scripts  *scripts // nil: there is no Root
}

// Check returns what is wrong with the fields. ServeHTTP answers every request with 502 then.
func (c *Client) Check() error {
	c.once.Do(func() { c.wrong = c.init() })
	return c.wrong
}

func (c *Client) init() (err error) {
	switch {
	case c.Root != "" && c.Script != "":
		return errors.New("fcgi: Client.Script: there is Root too, which names the script of each request")
	case c.Root != "":
		if c.scripts, err = newScripts(c); err != nil {
			return err
		}
	case c.RemoteRoot != "" || c.Fallback != "" || c.Static != nil:
		return errors.New("fcgi: Client.Root: it is missing, and RemoteRoot, Fallback and Static are about it")
	}
	c.upstream, err = upstream.New("fcgi", &upstream.Fields{
		Addresses: c.Addresses, Mount: c.Mount, Env: c.Env, SendfileRoot: c.SendfileRoot,
		DialTimeout: c.DialTimeout, AnswerTimeout: c.AnswerTimeout, Timeout: c.Timeout, IdleTimeout: c.IdleTimeout,
		MaxIdle: c.MaxIdle, MaxSpool: c.MaxSpool,
	})
	return err
}

// ServeHTTP implements http.Handler.
func (c *Client) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if err := c.Check(); err != nil {
		relay.Fail(w, r, "fcgi", err)
		return
	}
	o, ok := c.upstream.Place(w, r)
	if !ok {
		return
	}
	o.Filename = c.Script
	if c.scripts != nil {
		switch then := c.scripts.find(r, o); {
		case then != nil:
			then.ServeHTTP(w, r)
			return
		case o.Filename == "":
			relay.Fail(w, r, "fcgi", &cgienv.Error{Status: http.StatusNotFound, Reason: "there is no such script"})
			return
		}
	}
	log := complaint.New(c.Logger, "fcgi: the application complains", r)
	defer log.Close()
	c.upstream.Serve(w, r, func(r *http.Request) (upstream.Open, error) {
		var more []cgienv.Var
		if o.Filename != "" {
			more = []cgienv.Var{{Name: "REDIRECT_STATUS", Value: "200"}} // php-cgi runs nothing without it
		}
		vars, err := c.upstream.Vars(r, o, more...)
		if err != nil {
			return nil, err
		}
		return func(l *upstream.Link) upstream.Exchange { return &call{link: l, vars: vars, log: log} }, nil
	})
}

// Close closes the connections that are kept, and the others as soon as their requests end.
// Requests that come later have a connection each. It returns nil.
func (c *Client) Close() error {
	if c.Check() == nil {
		c.upstream.Close()
	}
	return nil
}
