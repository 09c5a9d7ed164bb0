package serve

import (
	"fmt"
	"log/slog"
	"net/http"
	"os"
	"time"

	"github.com/surcoat/surcoat/gateway/ajp"
	"github.com/surcoat/surcoat/gateway/fcgi"
	"github.com/surcoat/surcoat/gateway/scgi"
	"github.com/surcoat/surcoat/gateway/uwsgi"
	"github.com/surcoat/surcoat/middleware/gzip"
)

// read reads the options that applications have in common.
func (a App) read(env *map[string]string, answer, whole *time.Duration, processes *int) (err error) {
	if *env, err = a.env(); err != nil {
		return err
	}
	if *answer, err = a.duration("answer-timeout"); err != nil {
		return err
	}
	if *whole, err = a.duration("timeout"); err != nil {
		return err
	}
	if processes != nil {
		*processes, err = a.number("max-processes")
	}
	return err
}

func (a App) fastCGI(log *slog.Logger) (*fcgi.Client, error) {
	c := &fcgi.Client{
		Addresses: []string{a.Address}, Mount: a.Path, Logger: log,
		Root: a.option("root"), RemoteRoot: a.option("remote-root"), Fallback: a.option("fallback"), Script: a.option("script"),
		Index: a.options["index"], Extensions: a.options["extension"],
	}
	static, err := a.truth("static")
	switch {
	case err != nil:
		return nil, err
	case static && c.Root == "":
		return nil, a.wrong("static", "needs root as well, the folder that the files are in")
	case static:
		root, err := os.OpenRoot(c.Root)
		if err != nil {
			return nil, fmt.Errorf("the application %s: %w", a, err)
		}
		c.Static = &gzip.Files{FS: root.FS()}
	}
	return c, a.read(&c.Env, &c.AnswerTimeout, &c.Timeout, nil)
}

func (a App) simpleCGI() (http.Handler, error) {
	c := &scgi.Client{Addresses: []string{a.Address}, Mount: a.Path}
	return c, a.read(&c.Env, &c.AnswerTimeout, &c.Timeout, nil)
}

func (a App) overUWSGI() (http.Handler, error) {
	c := &uwsgi.Client{Addresses: []string{a.Address}, Mount: a.Path}
	return c, a.read(&c.Env, &c.AnswerTimeout, &c.Timeout, nil)
}

func (a App) overAJP() (http.Handler, error) {
	c := &ajp.Client{Addresses: []string{a.Address}, Mount: a.Path, SecretFile: a.option("secret-file")}
	return c, a.read(&c.Env, &c.AnswerTimeout, &c.Timeout, nil)
}
