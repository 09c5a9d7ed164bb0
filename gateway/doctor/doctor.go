package doctor

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"time"

	"github.com/surcoat/surcoat/gateway/doctor/internal/account"
)

// Options is what is known of the server. The zero value is good where nothing is.
type Options struct {
	// User is the account that the server runs CGI programs as, by name or number. "": the one
	// that Config names; else, for root, the first of www-data, apache, http, httpd, lighttpd,
	// wwwrun and _www that there is; else the account of this process.
	User string

	// Config is the server's main configuration file: Apache's or lighttpd's, with all that it
	// includes, or nginx's. "": whether the server knows that the file is a program is not found
	// out.
	Config string

	// NoRun leaves the program unrun. It is run else, once, with an empty GET: it does whatever
	// it does then.
	NoRun bool

	// Timeout is how long the program may take. 0: 10 s.
	Timeout time.Duration

	// Path is the PATH that the server gives to programs. "": what Config sets, or that of
	// services: /usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin.
	Path string

	// Env are more variables for the program.
	Env map[string]string
}

const (
	defaultTimeout = 10 * time.Second

	// defaultPath is systemd's (systemd.exec(5)), which web servers hand on.
	defaultPath = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
)

// Examine finds out why a web server's CGI program fails, or will. First it looks at the file, what
// runs it and, if asked, the server's configuration; if it has found nothing that makes it fail
// for sure, it then runs the program, see [Options.NoRun].
//
// An error says that there was no examination: there is no such user, the configuration cannot be
// read, ctx is done. That the file does not exist is a finding.
func Examine(ctx context.Context, file string, o Options) (*Report, error) {
	path, err := filepath.Abs(file)
	if err != nil {
		return nil, fmt.Errorf("doctor: %s: %w", file, err)
	}
	e := &examination{ctx: ctx, file: path, options: o, report: &Report{File: path}, searchPath: defaultPath}
	if o.Config != "" {
		if err := e.readConfig(); err != nil {
			return nil, err
		}
	}
	if err := e.chooseUser(); err != nil {
		return nil, err
	}
	if o.Path != "" {
		e.searchPath = o.Path
	}
	e.examine()
	if err := ctx.Err(); err != nil {
		return nil, fmt.Errorf("doctor: %s: %w", file, context.Cause(ctx))
	}
	e.report.sort()
	return e.report, nil
}

// examination is the work on one file.
type examination struct {
	ctx        context.Context
	file       string // absolute
	options    Options
	user       account.Account
	served     *served // by the configuration, nil for none
	searchPath string
	report     *Report
}

func (e *examination) examine() {
	if e.user.UID >= 0 && !e.user.IsCurrent() && os.Geteuid() != 0 {
		e.unchecked("what %s may do is computed from modes and ACLs, as only root can ask the kernel as another user: run this as root to be sure", e.user.Name)
	}
	e.checkServed()
	if e.checkFile() {
		e.checkSuexec()
		e.checkConfinement()
	}
	switch {
	case e.options.NoRun, e.ctx.Err() != nil:
	case e.report.fails():
		e.unchecked("the program was not run, as it cannot work before this is mended")
	default:
		e.run()
	}
}

// serverAccounts are what distributions call the web server's account.
var serverAccounts = []string{"www-data", "apache", "http", "httpd", "lighttpd", "wwwrun", "_www"}

func (e *examination) chooseUser() error {
	name := e.options.User
	if name == "" && e.served != nil {
		name = e.served.user()
	}
	if name != "" {
		a, err := account.Lookup(name)
		if err != nil {
			return fmt.Errorf("doctor: %w", err)
		}
		e.use(a)
		return nil
	}
	if os.Geteuid() == 0 {
		for _, name := range serverAccounts {
			if a, err := account.Lookup(name); err == nil {
				e.use(a)
				return nil
			}
		}
	}
	e.use(account.Current())
	return nil
}

func (e *examination) use(a account.Account) {
	e.user, e.report.User = a, a.Name
}

func (e *examination) find(f Finding) {
	if f.File == "" {
		f.File = e.file
	}
	same := func(g Finding) bool { return g.Cause == f.Cause && g.File == f.File && g.Level >= f.Level }
	if !slices.ContainsFunc(e.report.Findings, same) {
		e.report.Findings = append(e.report.Findings, f)
	}
}

func (e *examination) unchecked(format string, args ...any) {
	e.report.Unchecked = append(e.report.Unchecked, fmt.Sprintf(format, args...))
}

// Diagnose is what [Examine] finds, as text for a person, "" where it finds nothing. It does not
// run the program, and examines as this process's account with its PATH: it is for a handler that
// has itself just run the program in vain, as the field Diagnose of gateway/cgi's Handler.
func Diagnose(ctx context.Context, file string) string {
	r, err := Examine(ctx, file, Options{User: strconv.Itoa(os.Geteuid()), Path: os.Getenv("PATH"), NoRun: true})
	if err != nil || !r.Sick() {
		return ""
	}
	return printable(r.findingsText())
}
