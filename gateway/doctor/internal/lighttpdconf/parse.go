package lighttpdconf

import (
	"fmt"
	"os"
	"path/filepath"
	"sort"
	"strings"
)

// value is a text, or a list of pairs.
type value struct {
	text string
	list []pair
}

type pair struct {
	key   string // "" for an element without one
	value value
}

// setting is one assignment.
type setting struct {
	key   string
	op    string // "=", "+=", ":="
	value value
	when  []condition
	file  string
	line  int
}

// String is the setting's place and name.
func (s setting) String() string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s:%d: %s %s %s", s.file, s.line, s.key, s.op, s.value)
	for _, c := range s.when {
		b.WriteString(" in " + c.String())
	}
	return b.String()
}

// String is the value as a configuration has it, or the beginning of it.
func (v value) String() string {
	var b strings.Builder
	v.write(&b)
	return b.String()
}

// longest bounds what is shown of one: a variable that is put into itself, and that again, has no
// end.
const longest = 1000

func (v value) write(b *strings.Builder) {
	if v.list == nil {
		fmt.Fprintf(b, "%q", v.text)
		return
	}
	b.WriteString("( ")
	for i, p := range v.list {
		if i > 0 {
			b.WriteString(", ")
		}
		if b.Len() > longest {
			b.WriteString("…")
			break
		}
		if p.key != "" || p.value.list == nil && p.value.text == "" {
			fmt.Fprintf(b, "%q => ", p.key)
		}
		p.value.write(b)
	}
	b.WriteString(" )")
}

// condition is what a block's settings depend on.
type condition struct {
	field, op, text string // HTTP["url"], =~, ^/cgi-bin/
	not             bool
}

func (c condition) String() string {
	s := fmt.Sprintf("$%s %s %q", c.field, c.op, c.text)
	if c.not {
		return "else of " + s
	}
	return s
}

// config is what a main configuration file comes to.
type config struct {
	settings  []setting
	variables map[string]value
	unread    []string
	files     int
}

const (
	maxFiles   = 1000
	maxNesting = 30
	maxSize    = 4 << 20
)

func load(path string) (*config, error) {
	text, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	c := &config{variables: map[string]value{"var.CWD": {text: filepath.Dir(path)}}}
	c.parse(path, string(text), nil, 0)
	return c, nil
}

func (c *config) parse(file, text string, when []condition, depth int) {
	if len(text) > maxSize {
		c.unread = append(c.unread, file+" is too long")
		return
	}
	p := &parser{config: c, file: file, tokens: scan(text), depth: depth}
	for p.block(when, 0); p.at < len(p.tokens); p.block(when, 0) {
		p.at++ // a "}" too many
	}
}

// parser goes through the words of one file. What it does not understand it leaves out.
type parser struct {
	config *config
	file   string
	tokens []token
	at     int
	depth  int // of includes
}

func (p *parser) peek() token {
	if p.at < len(p.tokens) {
		return p.tokens[p.at]
	}
	return token{}
}

func (p *parser) next() token {
	t := p.peek()
	p.at++
	return t
}

// block reads statements up to the "}" that ends them, which it leaves.
func (p *parser) block(when []condition, nesting int) {
	var before []condition // of the same chain of else
	for p.at < len(p.tokens) {
		t := p.peek()
		switch {
		case t.kind == '}':
			return
		case t.text == "else" && t.kind == 'w':
			p.at++
			before = p.conditional(when, before, nesting)
		case strings.HasPrefix(t.text, "$") && t.kind == 'w':
			before = p.conditional(when, nil, nesting)
		case t.kind == 'w' && t.text == "include":
			p.at++
			p.include(p.expression(0).text, t, when)
		case t.kind == 'w' && (t.text == "include_shell" || t.text == "include-shell"):
			p.at++
			if command := p.expression(0).text; !harmless(command) {
				p.config.unread = append(p.config.unread, fmt.Sprintf("%s:%d: include_shell %q is not run", p.file, t.line, command))
			}
		case t.kind == 'w':
			p.assignment(when)
		default:
			p.at++
		}
	}
}

// harmless reports whether a command is one of Debian's, which do not say who runs what.
func harmless(command string) bool {
	return strings.HasPrefix(command, "/usr/share/lighttpd/use-ipv6.pl") || strings.HasPrefix(command, "/usr/share/lighttpd/create-mime")
}

// conditional reads "$HTTP["url"] =~ "…" { … }", or only the block of an else. It returns what has
// not held where the next else applies.
func (p *parser) conditional(when, before []condition, nesting int) (after []condition) {
	inside := append(append([]condition(nil), when...), before...)
	after = before
	if t := p.peek(); strings.HasPrefix(t.text, "$") && t.kind == 'w' {
		p.at++
		cond := condition{field: strings.TrimPrefix(t.text, "$")}
		if p.peek().kind == '[' {
			p.at++
			cond.field += "[" + p.next().text + "]"
			if p.peek().kind == ']' {
				p.at++
			}
		}
		cond.op = p.next().text
		cond.text = p.expression(0).text
		inside = append(inside, cond)
		cond.not = true
		after = append(append([]condition(nil), before...), cond)
	}
	if p.peek().kind != '{' {
		return after
	}
	p.at++
	if nesting < maxNesting {
		p.block(inside, nesting+1)
	} else {
		p.at = len(p.tokens)
	}
	if p.peek().kind == '}' {
		p.at++
	}
	return after
}

func (p *parser) assignment(when []condition) {
	key := p.next()
	if op := p.peek(); op.kind == 'o' || op.kind == '+' {
		p.at++
		s := setting{key: key.text, op: op.text, value: p.expression(0), when: when, file: p.file, line: key.line}
		if s.op == "+=" {
			p.config.variables[s.key] = plus(p.config.variables[s.key], s.value)
		} else {
			p.config.variables[s.key] = s.value
		}
		p.config.settings = append(p.config.settings, s)
	}
}

// expression reads values with "+" between them.
func (p *parser) expression(nesting int) value {
	v := p.value(nesting)
	for p.peek().kind == '+' {
		p.at++
		v = plus(v, p.value(nesting))
	}
	return v
}

func (p *parser) value(nesting int) value {
	switch t := p.peek(); t.kind {
	case 's':
		p.at++
		return value{text: t.text}
	case 'w':
		p.at++
		if name, ok := strings.CutPrefix(t.text, "env."); ok {
			return value{text: os.Getenv(name)}
		}
		if v, ok := p.config.variables[t.text]; ok {
			return v
		}
		return value{text: t.text}
	case '(':
		p.at++
		return p.list(nesting + 1)
	}
	return value{}
}

func (p *parser) list(nesting int) value {
	v := value{list: []pair{}}
	for p.at < len(p.tokens) && nesting < maxNesting {
		switch p.peek().kind {
		case ')':
			p.at++
			return v
		case 's', 'w', '(':
			one := pair{value: p.expression(nesting)}
			if p.peek().kind == '>' {
				p.at++
				one.key = one.value.text
				one.value = p.expression(nesting)
			}
			v.list = append(v.list, one)
		default:
			p.at++
		}
	}
	return v
}

// most bounds what variables can grow to that are added to themselves.
const most = 10_000

func plus(a, b value) value {
	if a.list != nil || b.list != nil {
		if len(a.list)+len(b.list) > most {
			return a
		}
		return value{list: append(append([]pair{}, a.list...), b.list...)}
	}
	if len(a.text)+len(b.text) > most {
		return a
	}
	return value{text: a.text + b.text}
}

func (p *parser) include(pattern string, t token, when []condition) {
	c := p.config
	if !filepath.IsAbs(pattern) {
		pattern = filepath.Join(filepath.Dir(p.file), pattern)
	}
	files, err := filepath.Glob(pattern)
	if err != nil || len(files) == 0 && !strings.ContainsAny(pattern, "*?[") {
		c.unread = append(c.unread, fmt.Sprintf("%s:%d: include %q: there is no such file", p.file, t.line, pattern))
	}
	sort.Strings(files)
	for _, file := range files {
		if c.files++; c.files > maxFiles || p.depth >= maxNesting {
			return
		}
		text, err := os.ReadFile(file)
		if err != nil {
			c.unread = append(c.unread, fmt.Sprintf("%s:%d: include: %v", p.file, t.line, err))
			continue
		}
		c.parse(file, string(text), when, p.depth+1)
	}
}
