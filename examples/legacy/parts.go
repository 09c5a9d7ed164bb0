package main

import (
	"context"
	"fmt"
	"log/slog"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"

	"github.com/surcoat/surcoat/gateway/cgi"
	"github.com/surcoat/surcoat/gateway/doctor"
	"github.com/surcoat/surcoat/gateway/fcgi"
	"github.com/surcoat/surcoat/gateway/wsgi"
)

// part is one of the office's applications.
type part struct {
	Path, Name, Text string
	Links            []link // its pages, where it has no page of its own
	Missing          string // what is not there; "": it runs
	handler          http.Handler
}

type link struct{ Path, Text string }

// office is all of them.
type office struct {
	parts []*part
	ends  []func()
}

// open starts what has to be started.
func open(ctx context.Context, folder, data string) *office {
	o := &office{}
	o.add(&part{Path: "/cgi/", Name: "CGI programs", Text: "A shell script and a Python script, started for each request", Links: []link{
		{"/cgi/visits.sh", "what a shell script is told"},
		{"/cgi/fails.py?by=4", "a sum in Python"},
		{"/cgi/fails.py?by=0", "and one that fails"},
	}},
		func() (http.Handler, error) {
			d := &cgi.Dir{Root: filepath.Join(folder, "cgi-bin"), Programs: cgi.Handler{Mount: "/cgi", Diagnose: doctor.Diagnose}}
			return d, d.Check()
		})
	o.add(&part{Path: "/php/", Name: "A PHP page", Text: "In PHP-FPM, over FastCGI"},
		func() (http.Handler, error) {
			fpm, err := startFPM(ctx, data)
			if err != nil {
				return nil, err
			}
			o.ends = append(o.ends, fpm.stop)
			c := &fcgi.Client{Addresses: []string{"unix:" + fpm.socket}, Root: filepath.Join(folder, "php"), Mount: "/php"}
			return c, c.Check()
		})
	o.add(&part{Path: "/flask/", Name: "A Flask application", Text: "A guest book, in Python workers that this program keeps alive"},
		func() (http.Handler, error) {
			if out, err := exec.CommandContext(ctx, "python3", "-c", "import flask").CombinedOutput(); err != nil {
				return nil, fmt.Errorf("python3 cannot import flask (apt-get install python3-flask): %s", lastLine(string(out), err))
			}
			a := &wsgi.App{
				Module: "guestbook:app", Dir: filepath.Join(folder, "python"), Mount: "/flask", Processes: 2,
				Env: map[string]string{"GUESTBOOK": filepath.Join(data, "guestbook.db")}, Reload: true,
			}
			o.ends = append(o.ends, func() { _ = a.Close() })
			return a, a.Check()
		})
	o.add(&part{Path: "/git/", Name: "Git", Text: "and push to it with your name and password"},
		func() (http.Handler, error) { return openGit(ctx, data) })
	return o
}

// add makes a part with its function; without it there is a page that says what is missing.
func (o *office) add(p *part, with func() (http.Handler, error)) {
	h, err := with()
	if err != nil {
		slog.Warn("a part of the office is closed", "path", p.Path, "error", err)
		p.Missing = err.Error()
		h = http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { http.Error(w, p.Missing, http.StatusServiceUnavailable) })
	}
	p.handler = h
	o.parts = append(o.parts, p)
}

func (o *office) close() {
	for _, end := range o.ends {
		end()
	}
}

// openGit makes a repository, and the program that comes with Git its server.
func openGit(ctx context.Context, data string) (http.Handler, error) {
	path, err := exec.CommandContext(ctx, "git", "--exec-path").Output()
	if err != nil {
		return nil, fmt.Errorf("there is no Git (apt-get install git): %w", err)
	}
	root := filepath.Join(data, "git")
	repository := filepath.Join(root, "notes.git")
	if _, err := os.Stat(repository); err != nil {
		if out, err := exec.CommandContext(ctx, "git", "init", "--quiet", "--bare", "--initial-branch=main", repository).CombinedOutput(); err != nil {
			return nil, fmt.Errorf("git init: %s", lastLine(string(out), err))
		}
	}
	h := &cgi.Handler{
		Path: filepath.Join(strings.TrimSpace(string(path)), "git-http-backend"), Mount: "/git",
		Env: map[string]string{"GIT_PROJECT_ROOT": root, "GIT_HTTP_EXPORT_ALL": "1"},
	}
	return h, h.Check()
}

// lastLine is what a program that failed said at last.
func lastLine(out string, err error) string {
	lines := strings.Split(strings.TrimSpace(out), "\n")
	if last := lines[len(lines)-1]; last != "" {
		return last
	}
	return err.Error()
}
