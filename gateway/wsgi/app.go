package wsgi

import (
	"cmp"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"runtime"
	"strings"
	"sync"
	"time"

	"github.com/surcoat/surcoat/gateway/internal/cgienv"
)

// App is a WSGI application as an http.Handler. Module has to be set; the zero values of all else
// work. The fields are read once, by [App.Start] or the first request.
//
// It has processes, so it has an end: [App.Close] or [App.Shutdown]. An App that nobody ends runs
// until the program does. Its methods may be called by several goroutines at once.
type App struct {
	// Module is the application: "package.module:callable", where ":callable" may be left out if it
	// is called application. The callable may be an attribute of another ("module:site.wsgi").
	Module string

	// Dir is the workers' working directory and the first place where Python looks for modules.
	// "": this program's.
	Dir string

	// Python is the interpreter, a path or a name in PATH. "": Virtualenv's, or else python3.
	Python string

	// Virtualenv is the folder of a virtual environment. "": none.
	Virtualenv string

	// Processes is how many workers there are. 0: as many as there are processors.
	Processes int

	// Threads is how many requests a worker takes at once. 0: 1, for which an application need
	// not be safe for threads.
	Threads int

	// Preload imports the application once, in the process of which the workers are forked:
	// they start faster and share its memory (eight workers of a Django site: 57 MB in place of
	// 225). What it opens at import, threads, connections to a database, does not survive the
	// fork; that is why it has to be asked for (as gunicorn's preload_app; uWSGI's
	// lazy-apps=false).
	Preload bool

	// MaxRequests is after how many requests a worker is replaced, plus a tenth of that at most,
	// by chance, so that not all are replaced at once. It goes on until the other can take its
	// place. 0: never.
	MaxRequests int

	// MaxMemory is how many bytes of memory a worker may have (its resident set) before it is
	// replaced, likewise. It is looked at each second. 0: no limit. It does nothing but on Linux.
	MaxMemory int64

	// AnswerTimeout is how long a worker may take until the head of its answer has come, the
	// time apart in which it waits for the request's body. Then the client gets 504, and the
	// worker, with whatever other requests its threads had, is killed and replaced; the log has
	// where its threads were. It is also what a worker may take for what it does after its
	// answer. 0: 1 min. Negative: no limit.
	AnswerTimeout time.Duration

	// Timeout is the same for the whole request, waiting for a worker and for the body included.
	// An answer that has begun breaks off, and its worker is killed only if it then does not find
	// out within Grace. 0: no limit.
	Timeout time.Duration

	// StartTimeout is how long importing the application may take. 0: 1 min.
	StartTimeout time.Duration

	// Grace is how long a worker that is to end may finish what it does before it is killed.
	// 0: 30 s.
	Grace time.Duration

	// MaxBody is how many bytes a request's body may have; more is 413. 0: no limit.
	MaxBody int64

	// MaxSpool is how many bytes a body of unknown length may have, which is kept in memory and
	// beyond 256 KiB in a temporary file; more is 413. 0: 64 MiB. Negative: no limit.
	MaxSpool int64

	// MaxWaiting is how many requests may wait for a worker; further ones are answered 503.
	// 0: 1000.
	MaxWaiting int

	// Env are variables for the workers' environment, beside those that they get of this
	// program's: HOME, LANG, LANGUAGE, LC_*, LOGNAME, PATH, PYTHON*, TMPDIR, TZ and USER.
	Env map[string]string

	// Mount is the part of the path that is the application's address, SCRIPT_NAME: "/wiki", with
	// or without a slash at its end. Requests outside it are answered with 404. "" and "/": no
	// part. What http.StripPrefix has taken off the path before becomes SCRIPT_NAME by itself.
	Mount string

	// Logger takes what workers write to wsgi.errors, stderr and stdout, and what happens to them.
	// nil: slog.Default().
	Logger *slog.Logger

	// Reload restarts the workers when a file of a module that they have imported changes. It
	// is for development.
	Reload bool

	begin sync.Once
	super *supervisor
	setup error
}

var callable = regexp.MustCompile(`^[\pL_][\pL\pN_]*(\.[\pL_][\pL\pN_]*)*(:[\pL_][\pL\pN_]*(\.[\pL_][\pL\pN_]*)*)?$`)

// Check returns what is wrong with the fields, or with what they name. It starts nothing. ServeHTTP
// answers every request with 502 then.
func (a *App) Check() error {
	if !supported {
		return errors.New("wsgi: no worker processes on " + runtime.GOOS + ": they need fork and Unix sockets")
	}
	if !callable.MatchString(a.Module) {
		return fmt.Errorf("wsgi: App.Module: %q is not package.module:callable", a.Module)
	}
	if err := cgienv.CheckMount(a.Mount); err != nil {
		return fmt.Errorf("wsgi: App.Mount: %w", err)
	}
	for _, f := range []struct {
		name  string
		value int64
	}{
		{"Processes", int64(a.Processes)},
		{"Threads", int64(a.Threads)},
		{"MaxRequests", int64(a.MaxRequests)},
		{"MaxMemory", a.MaxMemory},
		{"Timeout", int64(a.Timeout)},
		{"StartTimeout", int64(a.StartTimeout)},
		{"Grace", int64(a.Grace)},
		{"MaxBody", a.MaxBody},
		{"MaxWaiting", int64(a.MaxWaiting)},
	} {
		if f.value < 0 {
			return fmt.Errorf("wsgi: App.%s is negative", f.name)
		}
	}
	for name, value := range a.Env {
		if name == "" || strings.ContainsAny(name, "=\x00") || strings.Contains(value, "\x00") {
			return fmt.Errorf("wsgi: App.Env: %q, or its value, is nothing that an environment can have", name)
		}
	}
	for _, f := range []struct{ name, dir string }{{"Dir", a.Dir}, {"Virtualenv", a.Virtualenv}} {
		if f.dir == "" {
			continue
		}
		switch info, err := os.Stat(f.dir); {
		case err != nil:
			return fmt.Errorf("wsgi: App.%s: %w", f.name, err)
		case !info.IsDir():
			return fmt.Errorf("wsgi: App.%s: %s is not a folder", f.name, f.dir)
		}
	}
	if _, err := exec.LookPath(a.interpreter()); err != nil {
		return fmt.Errorf("wsgi: App.Python: %w", err)
	}
	return nil
}

func (a *App) interpreter() string {
	switch {
	case strings.ContainsRune(a.Python, os.PathSeparator):
		if at, err := filepath.Abs(a.Python); err == nil { // workers start in Dir
			return at
		}
		return a.Python
	case a.Python != "":
		return a.Python
	case a.Virtualenv != "":
		// Not made absolute by links: Python finds the environment by where it was started.
		if at, err := filepath.Abs(filepath.Join(a.Virtualenv, "bin", "python3")); err == nil {
			return at
		}
	}
	return "python3"
}

// settings are an App's fields with their zero values replaced.
type settings struct {
	App         *App
	python      string
	processes   int
	threads     int
	maxRequests int
	maxMemory   int64
	maxWaiting  int
	answer      time.Duration // 0: forever
	start       time.Duration
	grace       time.Duration
	reload      bool
	logger      *slog.Logger
}

func (a *App) settle() settings {
	s := settings{
		App:         a,
		python:      a.interpreter(),
		processes:   cmp.Or(a.Processes, runtime.GOMAXPROCS(0)),
		threads:     cmp.Or(a.Threads, 1),
		maxRequests: a.MaxRequests,
		maxMemory:   a.MaxMemory,
		maxWaiting:  cmp.Or(a.MaxWaiting, 1000),
		answer:      max(0, cmp.Or(a.AnswerTimeout, time.Minute)),
		start:       cmp.Or(a.StartTimeout, time.Minute),
		grace:       cmp.Or(a.Grace, 30*time.Second),
		reload:      a.Reload,
		logger:      cmp.Or(a.Logger, slog.Default()),
	}
	return s
}

// inherited reports whether workers get a variable of this program's environment.
func inherited(name string) bool {
	switch name {
	case "HOME", "LANG", "LANGUAGE", "LOGNAME", "PATH", "TMPDIR", "TZ", "USER":
		return true
	}
	return strings.HasPrefix(name, "LC_") || strings.HasPrefix(name, "PYTHON")
}

// environ is the workers' environment.
func (a *App) environ() []string {
	var environ []string
	path := os.Getenv("PATH")
	for _, pair := range os.Environ() {
		if name, _, _ := strings.Cut(pair, "="); inherited(name) && (name != "PATH" || a.Virtualenv == "") {
			environ = append(environ, pair)
		}
	}
	if a.Virtualenv != "" {
		if at, err := filepath.Abs(a.Virtualenv); err == nil {
			environ = append(environ, "VIRTUAL_ENV="+at, "PATH="+filepath.Join(at, "bin")+string(os.PathListSeparator)+path)
		}
	}
	for name, value := range a.Env {
		environ = append(environ, name+"="+value)
	}
	return environ
}
