package serve

import (
	"log/slog"

	"github.com/surcoat/surcoat/gateway/wsgi"
)

// python is a WSGI application.
func (a App) python(log *slog.Logger) (*wsgi.App, error) {
	p := &wsgi.App{
		Module: a.Target, Mount: a.Path, Logger: log,
		Dir: a.option("dir"), Virtualenv: a.option("virtualenv"), Python: a.option("python"),
	}
	if err := a.read(&p.Env, &p.AnswerTimeout, &p.Timeout, nil); err != nil {
		return nil, err
	}
	for name, to := range map[string]*int{"processes": &p.Processes, "threads": &p.Threads, "max-requests": &p.MaxRequests} {
		n, err := a.number(name)
		if err != nil {
			return nil, err
		}
		*to = n
	}
	for name, to := range map[string]*bool{"preload": &p.Preload, "reload": &p.Reload} {
		yes, err := a.truth(name)
		if err != nil {
			return nil, err
		}
		*to = yes
	}
	return p, nil
}
