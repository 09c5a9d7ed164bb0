package lighttpdconf

import (
	"fmt"
	"path/filepath"
	"regexp"
	"slices"
	"strings"

	"github.com/surcoat/surcoat/gateway/doctor/internal/serving"
)

// Ask tells what lighttpd with that main configuration file does with a file, whose path is
// absolute. Conditions about anything but the URL are taken to hold.
func Ask(path, file string) (serving.Answer, error) {
	c, err := load(path)
	if err != nil {
		return serving.Answer{}, err
	}
	a := serving.Answer{Server: "lighttpd", User: c.variables["server.username"].text, Unread: c.unread}
	files := []string{file}
	if real, err := filepath.EvalSymlinks(file); err == nil && real != file {
		files = append(files, real)
	}
	var best *verdict
	for _, name := range files {
		urls := c.urls(name)
		for _, url := range urls {
			if v := c.judge(name, url); best == nil || v.rank > best.rank {
				best = &v
			}
		}
	}
	if best == nil {
		a.Add(c.notServed(path, file))
		return a, nil
	}
	a.Interpreter, a.Problems = best.interpreter, best.problems
	return a, nil
}

func (c *config) notServed(path, file string) serving.Problem {
	evidence := path
	for _, s := range c.settings {
		if s.key == "server.document-root" || s.key == "alias.url" {
			evidence += "\n" + s.String()
		}
	}
	return serving.Problem{
		Cause: serving.NotServed, Evidence: evidence,
		Text: "No server.document-root or alias.url of lighttpd leads to the file, so that it has no URL.",
		Fix:  fmt.Sprintf("Move it to a folder that has one, or give its folder one: alias.url += ( \"/cgi-bin/\" => %q )", filepath.Dir(file)+"/"),
	}
}

// urls are those of a file: by aliases, which are compared as texts, and by folders of documents.
func (c *config) urls(file string) []string {
	var urls []string
	for _, s := range c.settings {
		switch s.key {
		case "alias.url":
			for _, p := range s.value.list {
				if rest, ok := strings.CutPrefix(file, p.value.text); ok && p.value.text != "" {
					urls = append(urls, p.key+rest)
				}
			}
		case "server.document-root":
			root := strings.TrimSuffix(s.value.text, "/")
			if rest, ok := strings.CutPrefix(file, root+"/"); ok {
				urls = append(urls, "/"+rest)
			}
		}
	}
	for i, url := range urls {
		if !strings.HasPrefix(url, "/") {
			urls[i] = "/" + url
		}
	}
	return urls
}

// verdict is what becomes of the file under one URL.
type verdict struct {
	rank        int // 2: it is run
	interpreter string
	problems    []serving.Problem
}

func (c *config) judge(file, url string) verdict {
	assigned, by, found := c.assigned(file, url)
	var v verdict
	for _, s := range c.settings {
		if !applies(s, url) {
			continue
		}
		switch s.key {
		case "fastcgi.server", "scgi.server", "proxy.server", "ajp13.server", "uwsgi.server":
			for _, p := range s.value.list {
				if takes(p.key, file, url) {
					v.problems = append(v.problems, serving.Problem{
						Cause: serving.Intercepted, Sure: true, Evidence: s.String(),
						Text: "lighttpd does not run the file as a CGI program: " + s.key + " takes it, and sends the request to another program.",
						Fix:  "Take that line away for this URL, or put it into a condition.",
					})
				}
			}
		case "url.access-deny":
			for _, p := range s.value.list {
				if strings.HasSuffix(file, p.value.text) {
					v.problems = append(v.problems, serving.Problem{
						Cause: serving.AccessRule, Sure: true, Evidence: s.String(),
						Text: "lighttpd lets nobody have files whose names end like this one's (403).", Fix: "Rename it, or take its end out of that list.",
					})
				}
			}
		}
	}
	switch {
	case len(v.problems) > 0:
	case !found:
		v.problems = append(v.problems, c.notTold(file, url))
	case !c.loaded("mod_cgi"):
		v.problems = append(v.problems, serving.Problem{
			Cause: serving.NoModule, Sure: true, Evidence: by.String(),
			Text: "lighttpd has not loaded mod_cgi, so that cgi.assign means nothing.",
			Fix:  "Load it: server.modules += ( \"mod_cgi\" )", Command: "lighty-enable-mod cgi && systemctl restart lighttpd",
		})
	default:
		v.rank, v.interpreter = 2, assigned
		return v
	}
	v.rank = 1
	return v
}

func (c *config) notTold(file, url string) serving.Problem {
	ext := filepath.Ext(file)
	p := serving.Problem{
		Cause: serving.NotTold, Sure: true,
		Text:     "lighttpd is not told that the file is a CGI program: it sends its source, or refuses.",
		Evidence: "no cgi.assign fits " + url,
		Fix:      fmt.Sprintf("Say so: $HTTP[\"url\"] =~ \"^%s\" { cgi.assign = ( %q => \"\" ) }", regexp.QuoteMeta(strings.TrimSuffix(url, filepath.Base(url))), ext),
	}
	for _, s := range c.settings {
		if s.key == "cgi.assign" {
			p.Evidence += "\n" + s.String()
		}
	}
	if !slices.ContainsFunc(c.settings, func(s setting) bool { return s.key == "cgi.assign" }) {
		p.Command = "lighty-enable-mod cgi && systemctl restart lighttpd   # for /cgi-bin/"
	}
	return p
}

func (c *config) loaded(module string) bool {
	for _, s := range c.settings {
		if s.key == "server.modules" && slices.ContainsFunc(s.value.list, func(p pair) bool { return p.value.text == module }) {
			return true
		}
	}
	return false
}

// assigned finds the cgi.assign that counts: that of the last block that applies, and the ends of
// names in it in their order.
func (c *config) assigned(file, url string) (interpreter string, by setting, ok bool) {
	for _, s := range c.settings {
		if s.key != "cgi.assign" || !applies(s, url) {
			continue
		}
		ok = ok && s.op == "+="
		for _, p := range s.value.list {
			if strings.HasSuffix(file, p.key) {
				interpreter, by, ok = p.value.text, s, true
				break
			}
		}
	}
	return interpreter, by, ok
}

// takes reports whether a server for an extension, or for the beginning of a path, gets the file.
func takes(key, file, url string) bool {
	if strings.HasPrefix(key, "/") {
		return strings.HasPrefix(url, key)
	}
	return strings.HasSuffix(file, key)
}

// applies evaluates the conditions about the URL. One that Go cannot compile holds, as do others.
func applies(s setting, url string) bool {
	for _, c := range s.when {
		if c.field != "HTTP[url]" && c.field != "HTTP[request-uri]" {
			continue
		}
		holds := true
		switch c.op {
		case "==":
			holds = url == c.text
		case "!=":
			holds = url != c.text
		case "=^":
			holds = strings.HasPrefix(url, c.text)
		case "=$":
			holds = strings.HasSuffix(url, c.text)
		case "=~", "!~":
			re, err := regexp.Compile(c.text)
			if err != nil {
				continue
			}
			holds = re.MatchString(url) == (c.op == "=~")
		}
		if holds == c.not {
			return false
		}
	}
	return true
}
