//go:build dev

package report

import (
	"html/template"
	"strconv"

	"github.com/surcoat/surcoat/middleware/cgitrace/internal/goroutine"
)

// routines returns the groups that the limit leaves room for, and how many goroutines are
// in none of them.
func (r *Report) routines() (groups []goroutine.Group, leftOut int) {
	left := maxGoroutines
	for i, g := range goroutine.Groups(r.Goroutines) {
		for _, c := range append(g.Stack, g.Creator) {
			left -= weight(c.Function) + 2*weight(c.File) + 100
		}
		if left < 0 && i > 0 {
			leftOut += g.Count
			continue
		}
		groups = append(groups, g)
	}
	return groups, leftOut
}

// Dump is the goroutines as HTML.
func (s sheet) Dump() template.HTML {
	var m markup
	groups, leftOut := s.routines()
	for i, g := range groups {
		m.tag("<details class=\"fold\">\n<summary><b>")
		m.number(g.Count)
		m.tag("</b> ")
		m.text(g.State)
		if g.Minutes > 0 {
			m.tag(`, up to `)
			m.number(g.Minutes)
			m.tag(" min")
		}
		if i == 0 {
			m.tag(": this one")
		}
		m.element(" <span>", g.Entry(), "</span>")
		m.tag("</summary>\n")
		m.group(g)
		m.tag("</details>\n")
	}
	if leftOut > 0 {
		m.tag(`<p class="gap">`)
		m.number(leftOut)
		m.tag(" more are left out</p>\n")
	}
	return m.html()
}

func (m *markup) group(g goroutine.Group) {
	m.tag(`<ol class="calls">`)
	for _, c := range g.Stack {
		m.call("", c)
	}
	if g.Creator.Function != "" {
		m.call("created by ", g.Creator)
	}
	m.tag("</ol>\n")
	m.tag(`<p class="gap">goroutine`)
	for _, id := range g.IDs {
		m.tag(" ")
		m.text(id)
	}
	if g.Count > len(g.IDs) {
		m.tag(" …")
	}
	m.tag("</p>\n")
}

func (m *markup) call(how tag, c goroutine.Call) {
	m.tag("<li>")
	m.tag(how)
	m.element("<b>", c.Function, "</b> ")
	if c.File != "" {
		m.tag(`<span title="`)
		m.text(c.File)
		m.element(`">`, base(c.File)+":"+strconv.Itoa(c.Line), "</span>")
	}
	m.tag("</li>")
}
