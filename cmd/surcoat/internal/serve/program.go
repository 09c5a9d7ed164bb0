package serve

import (
	"log/slog"
	"net/http"

	"github.com/surcoat/surcoat/gateway/cgi"
)

// program is a CGI program. site serves what it redirects to by itself.
func (a App) program(site http.Handler, log *slog.Logger) (*cgi.Handler, error) {
	h := &cgi.Handler{Path: a.Target, Mount: a.Path, Redirect: site, Logger: log}
	return h, a.read(&h.Env, &h.AnswerTimeout, &h.Timeout, &h.MaxProcesses)
}

// programs are the CGI programs in a folder.
func (a App) programs(site http.Handler, log *slog.Logger) (*cgi.Dir, error) {
	d := &cgi.Dir{Root: a.Target, Programs: cgi.Handler{Mount: a.Path, Redirect: site, Logger: log}}
	return d, a.read(&d.Programs.Env, &d.Programs.AnswerTimeout, &d.Programs.Timeout, &d.Programs.MaxProcesses)
}
