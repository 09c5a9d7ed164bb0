package apacheconf

import (
	"os"
	"path"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
)

// site is one virtual host, or the main server, from the point of view of one file.
type site struct {
	config *Config
	file   string
	own    []Directive // of the main server, then of the virtual host

	url        string // of the file, "" if it has none
	mapping    Directive
	scripted   bool // by ScriptAlias
	options    map[string]bool
	optionsBy  Directive
	extensions map[string]string // handlers by extension, from AddHandler
	addedBy    map[string]Directive
	set        string // by SetHandler
	setBy      Directive
	override   []string // AllowOverride, in lower case
	overrideBy Directive
	denied     bool
	ruledBy    Directive
	ignored    []Directive // of .htaccess files that are not read
}

// sites are the main server and the virtual hosts.
func (c *Config) sites(file string) []*site {
	var sites []*site
	hosts := []int{0}
	for _, d := range c.Directives {
		if id := host(d); !slices.Contains(hosts, id) {
			hosts = append(hosts, id)
		}
	}
	for _, id := range hosts {
		s := &site{
			config: c, file: file,
			options: map[string]bool{"followsymlinks": true}, extensions: make(map[string]string), addedBy: make(map[string]Directive),
			override: []string{"none"},
		}
		for _, d := range c.Directives {
			if h := host(d); h == 0 || h == id {
				s.own = append(s.own, d)
			}
		}
		s.find(id)
		s.apply()
		sites = append(sites, s)
	}
	return sites
}

// host is the number of the virtual host that a directive is in, 0 for none.
func host(d Directive) int {
	for _, s := range d.In {
		if s.Name == "virtualhost" {
			return s.id
		}
	}
	return 0
}

// place is the innermost section about files or URLs that a directive is in.
func place(d Directive) (s Section, ok bool) {
	for _, s := range slices.Backward(d.In) {
		switch s.Name {
		case "directory", "directorymatch", "files", "filesmatch", "location", "locationmatch", "proxy", "proxymatch", "if", "elseif", "else":
			return s, true
		}
	}
	return Section{}, false
}

// find finds the URL of the file: aliases come before the folder of documents, in their order.
func (s *site) find(id int) {
	var root Directive
	for _, d := range s.own {
		switch {
		case d.Name == "documentroot" && len(d.Args) == 1 && (host(d) == id || root.Name == ""):
			root = d
		case (d.Name == "alias" || d.Name == "scriptalias") && len(d.Args) == 2:
			s.alias(d, d.Args[0], d.Args[1])
		case (d.Name == "alias" || d.Name == "scriptalias") && len(d.Args) == 1:
			if l, ok := place(d); ok && l.Name == "location" && len(l.Args) == 1 {
				s.alias(d, l.Args[0], d.Args[0])
			}
		case (d.Name == "aliasmatch" || d.Name == "scriptaliasmatch") && len(d.Args) == 2:
			s.aliasMatch(d)
		}
	}
	if s.url != "" || root.Name == "" {
		return
	}
	if rest, ok := below(s.config.path(root.Args[0]), s.file); ok {
		s.url, s.mapping = "/"+strings.TrimPrefix(rest, "/"), root
	}
}

func (s *site) alias(d Directive, url, target string) {
	rest, ok := below(s.config.path(target), s.file)
	if !ok || s.url != "" {
		return
	}
	s.url = strings.TrimSuffix(url, "/") + rest
	if s.url == "" {
		s.url = "/"
	}
	s.mapping, s.scripted = d, d.Name == "scriptalias"
}

// aliasMatch compares what stands before the first group of the target.
func (s *site) aliasMatch(d Directive) {
	front, _, grouped := strings.Cut(d.Args[1], "$")
	if s.url != "" || !strings.HasPrefix(s.file, front) || !grouped && front != s.file {
		return
	}
	s.url, s.mapping, s.scripted = "/"+filepath.Base(s.file), d, d.Name == "scriptaliasmatch"
}

// below returns what of file is behind dir, which may be the file itself.
func below(dir, file string) (rest string, ok bool) {
	dir = strings.TrimSuffix(dir, "/")
	rest, ok = strings.CutPrefix(file, dir)
	return rest, ok && (rest == "" || rest[0] == '/')
}

// apply applies the sections in the order that Apache merges them: folders from the root
// down and their .htaccess, expressions about folders, files, locations.
func (s *site) apply() {
	s.each(func(d Directive) bool { _, in := place(d); return !in })
	dir := filepath.Dir(s.file)
	for _, at := range ancestors(dir) {
		s.each(func(d Directive) bool {
			p, in := place(d)
			return in && p.Name == "directory" && len(p.Args) == 1 && matchDir(s.config.path(p.Args[0]), at)
		})
		s.htaccess(at)
	}
	s.each(func(d Directive) bool {
		p, in := place(d)
		if !in || !regexpOf(p, "directory") {
			return false
		}
		return slices.ContainsFunc(ancestors(dir), func(at string) bool { return matches(p.Args[len(p.Args)-1], at, at+"/") })
	})
	s.each(func(d Directive) bool { p, in := place(d); return in && s.aboutFile(p) && s.withinDirectory(d) })
	s.each(func(d Directive) bool { p, in := place(d); return in && s.aboutLocation(p) })
}

// regexpOf reports whether a section is the one of that name with a regular expression.
func regexpOf(p Section, name string) bool {
	return p.Name == name+"match" && len(p.Args) == 1 || p.Name == name && len(p.Args) == 2 && p.Args[0] == "~"
}

func (s *site) aboutFile(p Section) bool {
	base := filepath.Base(s.file)
	if regexpOf(p, "files") {
		return matches(p.Args[len(p.Args)-1], base)
	}
	ok, err := path.Match(first(p.Args), base)
	return p.Name == "files" && ok && err == nil
}

// withinDirectory reports whether a section about files is in none about a folder, or in one of
// the file's.
func (s *site) withinDirectory(d Directive) bool {
	for _, p := range d.In {
		if p.Name == "directory" && len(p.Args) == 1 {
			return slices.ContainsFunc(ancestors(filepath.Dir(s.file)), func(at string) bool { return matchDir(s.config.path(p.Args[0]), at) })
		}
	}
	return true
}

func (s *site) aboutLocation(p Section) bool {
	if s.url == "" {
		return false
	}
	if regexpOf(p, "location") {
		return matches(p.Args[len(p.Args)-1], s.url)
	}
	if p.Name != "location" || len(p.Args) != 1 {
		return false
	}
	if strings.ContainsAny(p.Args[0], "*?[") {
		ok, _ := path.Match(p.Args[0], s.url)
		return ok
	}
	return covers(p.Args[0], s.url)
}

func first(args []string) string {
	if len(args) == 0 {
		return ""
	}
	return args[0]
}

// ancestors are a folder and those above it, from the root.
func ancestors(dir string) []string {
	list := []string{dir}
	for dir != filepath.Dir(dir) {
		dir = filepath.Dir(dir)
		list = append(list, dir)
	}
	slices.Reverse(list)
	return list
}

func matchDir(pattern, dir string) bool {
	if pattern == dir {
		return true
	}
	ok, err := path.Match(strings.TrimSuffix(pattern, "/"), dir)
	return ok && err == nil
}

// matches evaluates an expression of PCRE as far as Go has it.
func matches(pattern string, texts ...string) bool {
	re, err := regexp.Compile(pattern)
	return err == nil && slices.ContainsFunc(texts, re.MatchString)
}

// each applies the directives for which in is true.
func (s *site) each(in func(Directive) bool) {
	for _, d := range s.own {
		if in(d) {
			s.one(d)
		}
	}
}

func (s *site) one(d Directive) {
	switch d.Name {
	case "options":
		s.addOptions(d)
	case "sethandler":
		if s.set, s.setBy = first(d.Args), d; strings.EqualFold(s.set, "none") {
			s.set = ""
		}
	case "addhandler":
		for _, ext := range d.Args[min(1, len(d.Args)):] {
			s.handle(ext, d.Args[0], d)
		}
	case "removehandler":
		for _, ext := range d.Args {
			s.handle(ext, "", d)
		}
	case "addtype":
		if kind := strings.ToLower(first(d.Args)); strings.HasPrefix(kind, "application/x-httpd-") {
			for _, ext := range d.Args[1:] {
				s.handle(ext, kind, d)
			}
		}
	case "allowoverride":
		s.override, s.overrideBy = lower(d.Args), d
	case "require":
		// Rules of a section replace those of the sections before; one of them is enough.
		denies := strings.EqualFold(strings.Join(d.Args, " "), "all denied")
		p, _ := place(d)
		if before, _ := place(s.ruledBy); s.ruledBy.Name == "" || p.id != before.id || d.File != s.ruledBy.File {
			s.denied = true
		}
		s.denied, s.ruledBy = s.denied && denies, d
	case "deny":
		if strings.EqualFold(strings.Join(d.Args, " "), "from all") {
			s.denied, s.ruledBy = true, d
		}
	case "allow":
		s.denied = false
	}
}

func (s *site) handle(ext, handler string, d Directive) {
	ext = strings.ToLower(strings.TrimPrefix(ext, "."))
	s.extensions[ext], s.addedBy[ext] = handler, d
}

func lower(words []string) []string {
	out := make([]string, len(words))
	for i, w := range words {
		out[i] = strings.ToLower(w)
	}
	return out
}

// addOptions merges what begins with "+" or "-", and replaces all by anything else.
func (s *site) addOptions(d Directive) {
	merged := len(d.Args) > 0 && (d.Args[0][:min(1, len(d.Args[0]))] == "+" || d.Args[0][:min(1, len(d.Args[0]))] == "-")
	if !merged {
		s.options = make(map[string]bool)
	}
	for _, word := range lower(d.Args) {
		name := strings.TrimLeft(word, "+-")
		on := !strings.HasPrefix(word, "-")
		if name == "all" {
			s.options["execcgi"] = on
		}
		s.options[name] = on
	}
	s.optionsBy = d
}

// overrides are the class of AllowOverride that a directive of a .htaccess file takes.
var overrides = map[string]string{
	"options": "options", "sethandler": "fileinfo", "addhandler": "fileinfo", "removehandler": "fileinfo",
	"addtype": "fileinfo", "require": "authconfig", "deny": "limit", "allow": "limit",
}

// htaccess applies the file of a folder, as far as it may override.
func (s *site) htaccess(dir string) {
	name := filepath.Join(dir, ".htaccess")
	text, err := os.ReadFile(name)
	if err != nil || len(text) > maxSize {
		return
	}
	c := &Config{root: s.config.root, defines: s.config.defines, Modules: s.config.Modules}
	c.parse(name, text, nil, maxDepth)
	for _, d := range c.Directives {
		class, known := overrides[d.Name]
		if p, in := place(d); !known || in && !s.aboutFile(p) {
			continue
		}
		if !s.allows(class) {
			s.ignored = append(s.ignored, d)
			continue
		}
		s.one(d)
	}
}

func (s *site) allows(class string) bool {
	return slices.ContainsFunc(s.override, func(w string) bool {
		return w == "all" || w == class || strings.HasPrefix(w, class+"=")
	})
}

// handler is what answers for the file, and what says so.
func (s *site) handler() (name string, by Directive) {
	if s.scripted {
		name, by = "cgi-script", s.mapping
	}
	parts := strings.Split(strings.ToLower(filepath.Base(s.file)), ".")
	for _, ext := range parts[1:] {
		if h := s.extensions[ext]; h != "" {
			name, by = h, s.addedBy[ext]
		}
	}
	if s.set != "" {
		name, by = s.set, s.setBy
	}
	if name == "application/x-httpd-cgi" {
		name = "cgi-script"
	}
	return name, by
}
