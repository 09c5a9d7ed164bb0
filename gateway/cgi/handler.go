package cgi

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"net/http"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"time"

	"github.com/surcoat/surcoat/gateway/internal/cgienv"
	"github.com/surcoat/surcoat/gateway/internal/relay"
)

// Handler runs a CGI program for each request. Its fields must not be changed after the first
// request; it is for many requests at once.
type Handler struct {
	// Path is the program's file: a binary, or a script with a "#!" line that this process may
	// execute. It runs in the folder that the file is in (RFC 3875 §7.2).
	Path string
	// Args are the program's arguments. A query never becomes one.
	Args []string
	// Mount is the part of the path that is the program's address, SCRIPT_NAME, with or without a
	// slash at its end; what is behind it is PATH_INFO, and what is outside it is answered with
	// 404. "" and "/": no part. What http.StripPrefix has taken off the path before counts as the
	// program's address by itself.
	Mount string
	// DocumentRoot is the site's folder of files: DOCUMENT_ROOT, and what PATH_TRANSLATED begins
	// with. "": the program is told neither.
	DocumentRoot string

	// Env are further variables of the program's environment. One that says something of the
	// request (RFC 3875 §4.1) is for requests that do not say it. Names that begin with HTTP_
	// are the client's to say, and are an error.
	Env map[string]string
	// InheritEnv names the variables of this process's environment that the program gets.
	// Nothing else is inherited but PATH; where that is empty, it is
	// /usr/local/bin:/usr/bin:/bin.
	InheritEnv []string

	// MaxProcesses is how many programs run at once; further requests wait. 0: 32.
	MaxProcesses int
	// QueueTimeout is how long a request waits for its turn before it is answered with 503.
	// 0: 10 s. Negative: it does not wait.
	QueueTimeout time.Duration
	// AnswerTimeout is how long the program may take until the head of its answer has come; the
	// time in which the client sends its body does not count. Then it is ended, and the answer is
	// 504. 0: 1 min. Negative: no limit.
	AnswerTimeout time.Duration
	// Timeout is how long a request may take, with its answer, once the program has started. Then
	// the program is ended, and the answer is 504, or breaks off if it has begun. 0: no limit.
	Timeout time.Duration
	// Grace is how long a program may run on when its answer is whole, and how long it and its
	// children may take to end when they were asked to (SIGTERM), before they are killed. 0: 5 s.
	// Negative: no time at all.
	Grace time.Duration
	// MaxSpool is how many bytes of a body without a Content-Length are taken in before the
	// program starts, which has to be told its length; longer ones are answered with 413.
	// 0: 64 MiB. Negative: no limit. What does not fit into 256 KiB is kept in a file.
	MaxSpool int64

	// Redirect serves the path that a program answers with in place of a page ("Location: /path"
	// and no status, RFC 3875 §6.2.2): the site's handler, mostly. nil: the client is sent there.
	Redirect http.Handler
	// Logger gets what programs write to their standard errors, line by line, and how they ended if
	// that was not well. Of a request it takes 64 KiB at most, and 1000 lines. nil: slog.Default().
	Logger *slog.Logger

	// Diagnose says why a program that has not answered fails, "" if it finds nothing. In dev
	// builds that stands on the page of a [cgitrace.Page] around, below what the program wrote;
	// other builds do not call it. [doctor.Diagnose] is made for it. nil: nothing is said.
	//
	// [cgitrace.Page]: https://pkg.go.dev/github.com/surcoat/surcoat/middleware/cgitrace#Page
	// [doctor.Diagnose]: https://pkg.go.dev/github.com/surcoat/surcoat/gateway/doctor#Diagnose
	Diagnose func(ctx context.Context, file string) string

	once sync.Once
	host *host
	file string // Path, absolute
	err  error  // of the fields
}

// host is what a Handler's fields mean.
type host struct {
	mount, root string
	args        []string
	extra       cgienv.Extra // variables
	places      places
	answer      time.Duration // negative: no limit
	timeout     time.Duration // 0: no limit
	grace       time.Duration
	spool       int64
	redirect    http.Handler
	logger      *slog.Logger
	diagnose    func(context.Context, string) string // may be nil
}

// program is what a request is for.
type program struct {
	file         string // absolute
	script, info string // SCRIPT_NAME and PATH_INFO
}

// Check returns what is wrong with the fields, or with the program's file. ServeHTTP answers every
// request with 502 then.
func (h *Handler) Check() error {
	h.once.Do(func() {
		h.host, h.err = h.open()
		if h.err == nil {
			h.file, h.err = executable(h.Path)
		}
	})
	return h.err
}

// ServeHTTP implements http.Handler. It returns when the program has ended.
func (h *Handler) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if err := h.Check(); err != nil {
		relay.Fail(w, r, "cgi", err)
		return
	}
	script, info, ok := cgienv.Split(r, h.Mount)
	if !ok {
		relay.Fail(w, r, "cgi", cgienv.ErrOutside)
		return
	}
	h.host.serve(w, r, program{file: h.file, script: script, info: info})
}

// open reads the fields but Path.
func (h *Handler) open() (*host, error) {
	extra, err := environment(h.Env, h.InheritEnv)
	switch {
	case err != nil:
		return nil, err
	case h.MaxProcesses < 0:
		return nil, errors.New("cgi: Handler.MaxProcesses is negative")
	case h.Timeout < 0:
		return nil, errors.New("cgi: Handler.Timeout is negative")
	}
	if err := cgienv.CheckMount(h.Mount); err != nil {
		return nil, fmt.Errorf("cgi: Handler.Mount: %w", err)
	}
	for _, arg := range h.Args {
		if strings.ContainsRune(arg, 0) {
			return nil, errors.New("cgi: Handler.Args: a NUL in one")
		}
	}
	return &host{
		mount:    h.Mount,
		root:     h.DocumentRoot,
		args:     h.Args,
		extra:    extra,
		places:   newPlaces(cmp.Or(h.MaxProcesses, 32), cmp.Or(h.QueueTimeout, 10*time.Second)),
		answer:   cmp.Or(h.AnswerTimeout, time.Minute),
		timeout:  h.Timeout,
		grace:    max(0, cmp.Or(h.Grace, 5*time.Second)),
		spool:    h.MaxSpool,
		redirect: h.Redirect,
		logger:   cmp.Or(h.Logger, slog.Default()),
		diagnose: h.Diagnose,
	}, nil
}

// executable returns the absolute path of a program's file.
func executable(path string) (string, error) {
	if path == "" {
		return "", errors.New("cgi: Handler.Path is empty")
	}
	path, err := filepath.Abs(path)
	if err != nil {
		return "", fmt.Errorf("cgi: Handler.Path: %w", err)
	}
	info, err := os.Stat(path)
	switch {
	case err != nil:
		return "", fmt.Errorf("cgi: Handler.Path: %w", err)
	case !info.Mode().IsRegular():
		return "", fmt.Errorf("cgi: Handler.Path: %s is not a file", path)
	case !mayExecute(info.Mode()):
		return "", fmt.Errorf("cgi: Handler.Path: %s is not executable; chmod +x it", path)
	}
	return path, nil
}

// mayExecute reports whether anybody may execute a file. Windows tells that by its name.
func mayExecute(mode fs.FileMode) bool { return runtime.GOOS == "windows" || mode&0o111 != 0 }
