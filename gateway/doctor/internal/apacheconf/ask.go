package apacheconf

import (
	"fmt"
	"path/filepath"
	"strings"

	"github.com/surcoat/surcoat/gateway/doctor/internal/serving"
)

// Ask tells what Apache with that main configuration file does with a file, whose path is absolute.
// Where several virtual hosts serve it, the one that runs it counts.
func Ask(config, file string) (serving.Answer, error) {
	c, err := Load(config)
	if err != nil {
		return serving.Answer{}, err
	}
	a := serving.Answer{Server: "Apache", Unread: c.Unread}
	c.account(&a)
	files := []string{file}
	if real, err := filepath.EvalSymlinks(file); err == nil && real != file {
		files = append(files, real)
	}
	var best []serving.Problem
	rank := -1
	for _, name := range files {
		for _, s := range c.sites(name) {
			problems, r := s.problems()
			if r > rank {
				rank, best = r, problems
				s.account(&a)
			}
		}
	}
	a.Problems = best
	return a, nil
}

// account reads what is said of the whole server.
func (c *Config) account(a *serving.Answer) {
	for _, d := range c.Directives {
		switch {
		case d.Name == "user" && host(d) == 0:
			a.User = strings.TrimPrefix(first(d.Args), "#")
		case d.Name == "setenv" && len(d.Args) == 2 && d.Args[0] == "PATH":
			a.Path = d.Args[1]
		}
	}
	if strings.Contains(a.User, "${") {
		a.Unread = append(a.Unread, "Apache's User is "+a.User+", which is set where it is started")
		a.User = ""
	}
}

// account reads what a virtual host says.
func (s *site) account(a *serving.Answer) {
	a.Suexec = ""
	for _, d := range s.own {
		if d.Name == "suexecusergroup" && len(d.Args) == 2 && s.config.loaded("suexec_module") {
			a.Suexec = strings.TrimPrefix(d.Args[0], "#")
		}
	}
}

// problems returns why the site does not run the file, and how much it has to do with it: 0 for
// nothing, 3 for running it.
func (s *site) problems() (list []serving.Problem, rank int) {
	if taken, ok := s.taken(); ok {
		return []serving.Problem{taken}, 2
	}
	handler, by := s.handler()
	switch {
	case s.url == "" && !s.scripted:
		return []serving.Problem{{
			Cause: serving.NotServed,
			Text:  "No DocumentRoot, Alias or ScriptAlias of Apache leads to the file, so that it has no URL.",
			Fix:   fmt.Sprintf("Move it to a folder that has one, or give its folder one: ScriptAlias /cgi-bin/ %s/", filepath.Dir(s.file)),
			// Where it was looked for is all there is to show.
			Evidence: s.places(),
		}}, 0
	case handler == "cgi-script" && !s.config.loaded("cgi_module") && !s.config.loaded("cgid_module"):
		list = append(list, serving.Problem{
			Cause: serving.NoModule, Sure: true, Evidence: by.String(),
			Text: "Apache has loaded neither mod_cgi nor mod_cgid: it sends the program's source, or refuses.",
			Fix:  "Load the one that goes with its MPM:", Command: s.enable(),
		})
	case handler == "":
		list = append(list, s.notTold())
	case handler != "cgi-script":
		list = append(list, intercepted(handler, by))
	case by.Name != "scriptalias" && by.Name != "scriptaliasmatch" && !s.options["execcgi"] && !s.scripted:
		list = append(list, s.noExecCGI(by))
	}
	if s.denied {
		list = append(list, serving.Problem{
			Cause: serving.AccessRule, Sure: true, Evidence: s.ruledBy.String(),
			Text: "Apache lets nobody have the file (403).",
			Fix:  fmt.Sprintf("Open its folder: <Directory %q> Require all granted </Directory>", filepath.Dir(s.file)),
		})
	}
	if len(list) == 0 {
		return nil, 3
	}
	return list, 1
}

// enable is what loads the CGI module.
func (s *site) enable() string {
	if s.config.loaded("mpm_prefork_module") {
		return "a2enmod cgi && systemctl restart apache2"
	}
	return "a2enmod cgid && systemctl restart apache2"
}

func (s *site) places() string {
	var lines []string
	for _, d := range s.own {
		switch d.Name {
		case "documentroot", "alias", "scriptalias", "aliasmatch", "scriptaliasmatch":
			if len(lines) < 10 {
				lines = append(lines, d.String())
			}
		}
	}
	if len(lines) == 0 {
		return "there is no DocumentRoot"
	}
	return strings.Join(lines, "\n")
}

func (s *site) notTold() serving.Problem {
	ext := filepath.Ext(s.file)
	handler := "SetHandler cgi-script"
	if ext != "" {
		handler = "AddHandler cgi-script " + ext
	}
	p := serving.Problem{
		Cause: serving.NotTold, Sure: true, Evidence: s.mapping.String(),
		Text: "Apache is not told that the file is a CGI program: it sends its source.",
		Fix:  fmt.Sprintf("Say so: <Directory %q> Options +ExecCGI, %s </Directory>; or move it to a folder of a ScriptAlias.", filepath.Dir(s.file), handler),
	}
	s.withIgnored(&p)
	return p
}

func (s *site) noExecCGI(by Directive) serving.Problem {
	p := serving.Problem{
		Cause: serving.NotTold, Sure: true, Evidence: by.String(),
		Text: "The file has the handler cgi-script, but Options ExecCGI is off in its folder: Apache refuses (403).",
		Fix:  fmt.Sprintf("Say <Directory %q> Options +ExecCGI </Directory>", filepath.Dir(s.file)),
	}
	if s.optionsBy.Name != "" {
		p.Evidence += "\n" + s.optionsBy.String()
	}
	s.withIgnored(&p)
	return p
}

// withIgnored tells of a .htaccess file that would have helped.
func (s *site) withIgnored(p *serving.Problem) {
	if len(s.ignored) == 0 {
		return
	}
	p.Text += " There is a .htaccess file, but it may not override that."
	for _, d := range s.ignored {
		p.Evidence += "\n" + d.String() + " (not read)"
	}
	if s.overrideBy.Name != "" {
		p.Evidence += "\n" + s.overrideBy.String()
	} else {
		p.Evidence += "\nAllowOverride None is the default"
	}
	p.Fix += "; or let .htaccess do it: AllowOverride Options FileInfo"
}

// interpreters are handlers within the server, or of other protocols, that would run the file.
var interpreters = []struct{ handler, module, hint string }{
	{"perl-script", "mod_perl", ""},
	{"modperl", "mod_perl", ""},
	{"mod_python", "mod_python", ""},
	{"python-program", "mod_python", ""},
	{"wsgi-script", "mod_wsgi", " It wants an object called application, and what the program prints goes to the log."},
	{"php", "PHP", " A file without \"<?php\" comes back as it is."},
	{"application/x-httpd-php", "PHP", " A file without \"<?php\" comes back as it is."},
	{"proxy:", "mod_proxy", " That server gets the request, not the program."},
	{"fcgid-script", "mod_fcgid", " The program has to speak FastCGI."},
	{"fastcgi-script", "mod_fastcgi", " The program has to speak FastCGI."},
	{"server-parsed", "mod_include", ""},
}

func intercepted(handler string, by Directive) serving.Problem {
	module, hint := "the handler "+handler, ""
	for _, i := range interpreters {
		if strings.HasPrefix(strings.ToLower(handler), i.handler) {
			module, hint = i.module, i.hint
			break
		}
	}
	return serving.Problem{
		Cause: serving.Intercepted, Sure: true, Evidence: by.String(),
		Text: "Apache does not run the file as a CGI program: " + module + " takes it." + hint,
		Fix:  "Take that line away for this folder (RemoveHandler, SetHandler cgi-script), or write the program for " + module + ".",
	}
}

// taken finds what takes the URL before files are looked at. The first directive that has to do
// with it counts.
func (s *site) taken() (p serving.Problem, ok bool) {
	for _, d := range s.own {
		switch d.Name {
		case "proxypass":
			prefix, target := s.proxied(d)
			if !covers(prefix, s.url) {
				continue
			}
			if target == "!" {
				return p, false
			}
			return intercepted("proxy:", d), true
		case "wsgiscriptalias":
			// An alias of a longer path comes before it.
			aliased := len(s.mapping.Args) == 2 && len(s.mapping.Args[0]) > len(first(d.Args))
			if covers(first(d.Args), s.url) && !aliased || len(d.Args) > 1 && s.config.path(d.Args[1]) == s.file {
				return intercepted("wsgi-script", d), true
			}
		}
	}
	return p, false
}

// proxied are the path and the target of a ProxyPass, which may stand in a <Location>.
func (s *site) proxied(d Directive) (prefix, target string) {
	l, in := place(d)
	switch {
	case in && l.Name == "location" && len(d.Args) > 0:
		return first(l.Args), d.Args[0]
	case !in && len(d.Args) > 1:
		return d.Args[0], d.Args[1]
	}
	return "", ""
}

// covers reports whether a URL is at or below a path.
func covers(prefix, url string) bool {
	if url == "" || !strings.HasPrefix(prefix, "/") {
		return false
	}
	rest, ok := strings.CutPrefix(url, strings.TrimSuffix(prefix, "/"))
	return ok && (rest == "" || rest[0] == '/')
}
