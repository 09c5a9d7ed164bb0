package serve

import (
	"errors"
	"fmt"
	"maps"
	"net"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"
)

// App is an application: what one --app says.
type App struct {
	// Path is where it is, without a slash at its end; "" for the root.
	Path string
	// Kind is the part before the colon: "cgi", "fcgi".
	Kind string
	// Target is a file, a folder or a Python module, for the kinds that have one.
	Target string
	// Address is where it listens, "host:port" or "unix:/path", for those.
	Address string
	// Base is the URL of an HTTP server.
	Base *url.URL

	options url.Values
	text    string
}

// kind is what can be said of the applications of a kind.
type kind struct {
	socket  bool // it listens; else there is a target
	example string
	options []string
}

// common are the options of all that speak CGI's variables.
var common = []string{"env", "timeout", "answer-timeout"}

var kinds = map[string]kind{
	"cgi":     {example: "cgi:/usr/lib/git-core/git-http-backend", options: append(common, "max-processes")},
	"cgi-dir": {example: "cgi-dir:/usr/lib/cgi-bin", options: append(common, "max-processes")},
	"fcgi":    {socket: true, example: "fcgi://127.0.0.1:9000", options: append(common, "root", "remote-root", "index", "extension", "fallback", "static", "script")},
	"scgi":    {socket: true, example: "scgi://127.0.0.1:4000", options: common},
	"uwsgi":   {socket: true, example: "uwsgi://127.0.0.1:3031", options: common},
	"ajp":     {socket: true, example: "ajp://127.0.0.1:8009", options: append(common, "secret-file")},
	"wsgi":    {example: "wsgi:site.wsgi:application", options: []string{"dir", "python", "virtualenv", "processes", "threads", "preload", "max-requests", "env", "answer-timeout", "timeout", "reload"}},
	"http":    {socket: true, example: "http://127.0.0.1:3000", options: []string{"answer-timeout"}},
	"https":   {socket: true, example: "https://10.0.0.2", options: []string{"answer-timeout"}},
	"files":   {example: "files:/srv/www"},
}

// ParseApp reads "[PATH=]KIND:…[?OPTION=VALUE&…]".
func ParseApp(text string) (App, error) {
	a := App{text: text}
	what := text
	if strings.HasPrefix(text, "/") {
		path, rest, ok := strings.Cut(text, "=")
		if !ok {
			return a, fmt.Errorf("%q says at which path, but not what: PATH=KIND:…", text)
		}
		if a.Path = strings.TrimRight(path, "/"); strings.ContainsAny(a.Path, `?#%{};\`) || strings.Contains(a.Path, "//") || a.Path != "" && !slashed(a.Path) {
			return a, fmt.Errorf("%q is no path for an application; write it as /git", path)
		}
		what = rest
	}
	head, query, _ := strings.Cut(what, "?")
	scheme, rest, ok := strings.Cut(head, ":")
	a.Kind, _ = strings.CutSuffix(scheme, "+unix")
	k, known := kinds[a.Kind]
	if !ok || !known {
		return a, fmt.Errorf("%q is no application; there are %s", what, examples())
	}
	var err error
	if a.options, err = url.ParseQuery(query); err != nil {
		return a, fmt.Errorf("%q: its options are not understood: %w", text, err)
	}
	for name := range a.options {
		if !slices.Contains(k.options, name) {
			return a, fmt.Errorf("%q: %s has no option %q; it has %s", text, a.Kind, name, strings.Join(k.options, ", "))
		}
	}
	unix := scheme != a.Kind
	switch {
	case !k.socket && unix:
		return a, fmt.Errorf("%q: %s does not listen; write it as %s", text, a.Kind, k.example)
	case !k.socket:
		a.Target = strings.TrimPrefix(rest, "//")
		if a.Target == "" {
			return a, fmt.Errorf("%q names nothing; write it as %s", text, k.example)
		}
		return a, nil
	}
	if err := a.place(unix, rest); err != nil {
		return a, fmt.Errorf("%q: %w; write it as %s, or as %s+unix:///run/app.sock", text, err, k.example, a.Kind)
	}
	return a, nil
}

// slashed reports whether no part of a path is "." or "..".
func slashed(path string) bool {
	return !slices.ContainsFunc(strings.Split(path, "/"), func(part string) bool { return part == "." || part == ".." })
}

// place reads where an application listens.
func (a *App) place(unix bool, rest string) error {
	rest, ok := strings.CutPrefix(rest, "//")
	if !ok {
		return errors.New("it does not say where the application listens")
	}
	if unix {
		if !strings.HasPrefix(rest, "/") || len(rest) == 1 {
			return errors.New("the socket's path is not absolute")
		}
		a.Address = "unix:" + rest
		if a.Kind == "http" {
			a.Base = &url.URL{Scheme: "http", Host: "localhost"}
		}
		return nil
	}
	u, err := url.Parse(a.Kind + "://" + rest)
	if err != nil || u.Host == "" {
		return errors.New("it does not say where the application listens")
	}
	if u.User != nil {
		return errors.New("it has a user in it, which all on this machine could see")
	}
	if a.Kind == "http" || a.Kind == "https" {
		a.Base, a.Address = u, u.Host
		return nil
	}
	if u.Path != "" && u.Path != "/" {
		return errors.New("it has a path")
	}
	if u.Port() == "" {
		return errors.New("it has no port")
	}
	a.Address = net.JoinHostPort(u.Hostname(), u.Port())
	return nil
}

func examples() string {
	list := make([]string, 0, len(kinds))
	for _, name := range slices.Sorted(maps.Keys(kinds)) {
		list = append(list, kinds[name].example)
	}
	return strings.Join(list, ", ")
}

// String says what and where, for a log.
func (a App) String() string {
	head, _, _ := strings.Cut(a.text, "?") // an env may be secret
	if a.Path == "" && !strings.HasPrefix(head, "/") {
		return "/=" + head
	}
	return head
}

// option returns the last value of an option.
func (a App) option(name string) string {
	list := a.options[name]
	if len(list) == 0 {
		return ""
	}
	return list[len(list)-1]
}

// number reads a count; 0 where it is not said.
func (a App) number(name string) (int, error) {
	text := a.option(name)
	if text == "" {
		return 0, nil
	}
	n, err := strconv.Atoi(text)
	if err != nil || n < 1 {
		return 0, a.wrong(name, "is no number above zero")
	}
	return n, nil
}

// duration reads a time; 0 where it is not said.
func (a App) duration(name string) (time.Duration, error) {
	text := a.option(name)
	if text == "" {
		return 0, nil
	}
	d, err := time.ParseDuration(text)
	if err != nil || d <= 0 {
		return 0, a.wrong(name, "is no time; write it as 30s or 5m")
	}
	return d, nil
}

// truth reads a yes or no; an option without a value is a yes.
func (a App) truth(name string) (bool, error) {
	if _, ok := a.options[name]; !ok {
		return false, nil
	}
	switch a.option(name) {
	case "", "yes", "true", "1":
		return true, nil
	case "no", "false", "0":
		return false, nil
	}
	return false, a.wrong(name, "is neither yes nor no")
}

// env reads the variables, env=NAME=VALUE each.
func (a App) env() (map[string]string, error) {
	env := make(map[string]string)
	for _, pair := range a.options["env"] {
		name, value, ok := strings.Cut(pair, "=")
		if !ok || name == "" {
			return nil, a.wrong("env", "is not NAME=VALUE")
		}
		env[name] = value
	}
	return env, nil
}

func (a App) wrong(option, why string) error {
	return fmt.Errorf("the option %s of the application %s %s", option, a, why)
}
