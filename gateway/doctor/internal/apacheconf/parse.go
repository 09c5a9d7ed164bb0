// Package apacheconf reads configurations of Apache httpd as far as they decide whether a file is
// run as a CGI program, and tells that.
package apacheconf

import (
	"bytes"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"sort"
	"strings"
)

// Directive is one line that applies.
type Directive struct {
	Name string // in lower case
	Args []string
	File string
	Line int
	In   []Section // from the outside
}

// Section is what directives are in, such as <Directory "/srv">.
type Section struct {
	Name string // in lower case
	Args []string
	id   int // sections of the same name and arguments are not the same
}

// String is the directive with its place.
func (d Directive) String() string {
	return fmt.Sprintf("%s:%d: %s %s", d.File, d.Line, d.Name, strings.Join(d.Args, " "))
}

// Config is what a main configuration file comes to.
type Config struct {
	Directives []Directive
	Modules    []string // "cgid_module", in lower case
	Unread     []string // what was not understood or could not be read

	root    string // ServerRoot
	defines map[string]string
	files   int
	ids     int
}

const (
	maxFiles = 2000
	maxDepth = 20
	maxSize  = 4 << 20
)

// Load reads a main configuration file and what it includes.
func Load(path string) (*Config, error) {
	c := &Config{root: filepath.Dir(path), defines: make(map[string]string)}
	c.Modules = append(c.Modules, builtin...)
	c.readEnvvars(filepath.Join(filepath.Dir(path), "envvars"))
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	text, err := io.ReadAll(io.LimitReader(f, maxSize))
	if err != nil {
		return nil, err
	}
	c.parse(path, text, nil, 0)
	return c, nil
}

// builtin are the modules that distributions compile in.
var builtin = []string{"core_module", "so_module", "http_module", "log_config_module", "logio_module", "version_module", "unixd_module", "watchdog_module"}

// readEnvvars reads Debian's file of shell assignments, as far as they are plain.
func (c *Config) readEnvvars(path string) {
	text, err := os.ReadFile(path)
	if err != nil {
		return
	}
	for line := range strings.Lines(string(text)) {
		line, exported := strings.CutPrefix(strings.TrimSpace(line), "export ")
		name, value, ok := strings.Cut(line, "=")
		if ok && exported && !strings.ContainsAny(name, " \t$") {
			value = strings.Trim(strings.ReplaceAll(value, "$SUFFIX", ""), `"'`)
			c.defines[name] = value
		}
	}
}

// scope is a section that is open while a file is read.
type scope struct {
	Section
	skip bool // nothing in it applies
	test bool // <IfModule> and such, which is no place
}

func (c *Config) parse(file string, text []byte, in []Section, depth int) {
	var open []scope
	in = slices.Clone(in)
	n := 0
	for len(text) > 0 {
		var line []byte
		line, text, n = logicalLine(text, n)
		s := strings.TrimSpace(string(line))
		if s == "" || s[0] == '#' {
			continue
		}
		skip := len(open) > 0 && open[len(open)-1].skip
		if s[0] == '<' {
			if strings.HasPrefix(s, "</") {
				if len(open) > 0 {
					if top := open[len(open)-1]; !top.test && len(in) > 0 {
						in = in[:len(in)-1]
					}
					open = open[:len(open)-1]
				}
				continue
			}
			sc := c.open(s, skip)
			if !sc.test {
				in = append(slices.Clip(in), sc.Section)
			}
			open = append(open, sc)
			continue
		}
		if skip {
			continue
		}
		words := c.words(s)
		if len(words) == 0 {
			continue
		}
		c.add(Directive{Name: strings.ToLower(words[0]), Args: words[1:], File: file, Line: n, In: in}, depth)
	}
}

// logicalLine takes a line off the text, and those that a backslash joins to it.
func logicalLine(text []byte, n int) (line, rest []byte, number int) {
	for {
		one, after, _ := bytes.Cut(text, []byte("\n"))
		n++
		one = bytes.TrimSuffix(one, []byte("\r"))
		if !bytes.HasSuffix(one, []byte(`\`)) || len(after) == 0 {
			return append(line, one...), after, n
		}
		line, text = append(line, one[:len(one)-1]...), after
	}
}

// open begins a section.
func (c *Config) open(s string, skip bool) scope {
	words := c.words(strings.TrimSuffix(strings.TrimPrefix(s, "<"), ">"))
	if len(words) == 0 {
		return scope{skip: skip, test: true}
	}
	c.ids++
	sc := scope{Section: Section{Name: strings.ToLower(words[0]), Args: words[1:], id: c.ids}, skip: skip}
	holds, test := c.holds(sc.Section)
	sc.test = test
	sc.skip = skip || !holds
	return sc
}

// holds evaluates the sections that are tests. Others hold.
func (c *Config) holds(s Section) (holds, test bool) {
	arg := ""
	if len(s.Args) > 0 {
		arg = s.Args[0]
	}
	bare, not := strings.CutPrefix(arg, "!")
	switch s.Name {
	case "ifmodule":
		return c.loaded(bare) != not, true
	case "ifdefine":
		_, defined := c.defines[bare]
		return defined != not, true
	case "iffile":
		_, err := os.Stat(c.path(bare))
		return (err == nil) != not, true
	case "ifversion", "ifdirective", "ifsection":
		return true, true
	case "macro":
		c.Unread = append(c.Unread, "Apache's configuration defines the macro "+arg+", which was not expanded")
		return false, true
	}
	return true, false
}

// loaded reports whether a module is there, by either of its names: "mod_cgid.c", "cgid_module".
func (c *Config) loaded(name string) bool {
	name = strings.ToLower(name)
	if short, ok := strings.CutPrefix(name, "mod_"); ok {
		name = strings.TrimSuffix(short, ".c") + "_module"
	} else if short, ok := strings.CutSuffix(name, ".c"); ok {
		name = "mpm_" + strings.TrimPrefix(short, "mpm_") + "_module"
	}
	return slices.Contains(c.Modules, name)
}

func (c *Config) add(d Directive, depth int) {
	arg := ""
	if len(d.Args) > 0 {
		arg = d.Args[0]
	}
	switch d.Name {
	case "include", "includeoptional":
		if arg != "" {
			c.include(d, arg, depth)
		}
	case "loadmodule":
		c.Modules = append(c.Modules, strings.ToLower(arg))
	case "define":
		if value := d.Args; len(value) > 1 {
			c.defines[arg] = value[1]
		} else {
			c.defines[arg] = ""
		}
	case "undefine":
		delete(c.defines, arg)
	case "serverroot":
		c.root = arg
	case "use":
		c.Unread = append(c.Unread, d.String()+": macros are not expanded")
	default:
		c.Directives = append(c.Directives, d)
	}
}

func (c *Config) path(p string) string {
	if filepath.IsAbs(p) {
		return filepath.Clean(p)
	}
	return filepath.Join(c.root, p)
}

// include reads a file, all files of a folder, or those of a pattern, in the order of their names.
func (c *Config) include(d Directive, pattern string, depth int) {
	if depth >= maxDepth {
		c.Unread = append(c.Unread, d.String()+": includes are nested too deep")
		return
	}
	files, err := filepath.Glob(c.path(pattern))
	if err != nil || len(files) == 0 && d.Name == "include" && !strings.ContainsAny(pattern, "*?[") {
		c.Unread = append(c.Unread, d.String()+": there is no such file")
	}
	sort.Strings(files)
	for _, file := range files {
		info, err := os.Stat(file)
		switch {
		case err == nil && info.IsDir():
			d.Name = "includeoptional"
			c.include(d, filepath.Join(file, "*"), depth+1)
			continue
		case err == nil && (!info.Mode().IsRegular() || info.Size() > maxSize):
			continue
		}
		if c.files++; c.files > maxFiles {
			return
		}
		text, err := os.ReadFile(file)
		if err != nil {
			c.Unread = append(c.Unread, fmt.Sprintf("%s: %v", d, err))
			continue
		}
		c.parse(file, text, d.In, depth+1)
	}
}

// words splits a line at blanks, takes quotation marks off, and puts values in the place of
// ${NAME}.
func (c *Config) words(s string) []string {
	var words []string
	for i := 0; i < len(s); {
		if s[i] == ' ' || s[i] == '\t' {
			i++
			continue
		}
		var word []byte
		if q := s[i]; q == '"' || q == '\'' {
			for i++; i < len(s) && s[i] != q; i++ {
				if s[i] == '\\' && i+1 < len(s) && (s[i+1] == q || s[i+1] == '\\') {
					i++
				}
				word = append(word, s[i])
			}
			i++
		} else {
			for ; i < len(s) && s[i] != ' ' && s[i] != '\t'; i++ {
				word = append(word, s[i])
			}
		}
		words = append(words, c.expand(string(word)))
	}
	return words
}

func (c *Config) expand(s string) string {
	var b strings.Builder
	for {
		before, rest, ok := strings.Cut(s, "${")
		name, after, closed := strings.Cut(rest, "}")
		if !ok || !closed {
			return b.String() + s
		}
		b.WriteString(before)
		if value, defined := c.defines[name]; defined {
			b.WriteString(value)
		} else if value, set := os.LookupEnv(name); set {
			b.WriteString(value)
		} else {
			b.WriteString("${" + name + "}")
		}
		s = after
	}
}
