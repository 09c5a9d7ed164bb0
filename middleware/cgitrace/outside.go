//go:build dev

package cgitrace

import (
	"cmp"
	"path"
	"path/filepath"
	"regexp"
	"slices"
	"strings"

	"github.com/surcoat/surcoat/internal/outside"
	"github.com/surcoat/surcoat/middleware/cgitrace/internal/pytraceback"
	"github.com/surcoat/surcoat/middleware/cgitrace/internal/redact"
	"github.com/surcoat/surcoat/middleware/cgitrace/internal/report"
)

// Limits of what another program has said.
const (
	maxBlocks = 8
	maxSaid   = 64 << 10 // of each, the end
	maxTitle  = 1 << 10
)

// foreign makes the part of the report on another program that failed, "" and nil where the panic
// is of this one. All of it comes from texts in which the secrets are masked already.
func (c *collector) foreign() (title, kind string, o *report.Outside) {
	f, ok := c.rec.caught.value.(*outside.Failure)
	if !ok {
		return "", "", nil
	}
	o = &report.Outside{}
	var tb *pytraceback.Traceback
	for _, b := range f.Blocks[:min(len(f.Blocks), maxBlocks)] {
		block := report.Block{Heading: c.red.Text(b.Heading), Text: c.red.Text(ending(b.Text))}
		if tb == nil {
			if tb = pytraceback.Find(block.Text); tb != nil {
				block.Folded = strings.TrimSpace(block.Text[:tb.From]+block.Text[tb.To:]) == "" && !cutShort(tb)
			}
		}
		o.Blocks = append(o.Blocks, block)
	}
	title, kind = c.red.Text(f.Title), cmp.Or(f.Kind, "program")
	if tb != nil {
		if tb.Failed().Text != "" {
			title = tb.Failed().Text
		}
		if kind = "Python"; f.Kind != "" && f.Kind != kind {
			kind += ", " + f.Kind
		}
		o.Language = "Python"
		c.python(o, tb)
	}
	title, _, _ = strings.Cut(cmp.Or(title, c.rec.text), "\n")
	return excerptOf(title[:min(len(title), maxTitle)]).masked(c.red), c.red.Text(kind), o
}

// environ is what another program that failed had, nil for none.
func (c *caught) environ() []string {
	if f, ok := c.value.(*outside.Failure); ok {
		return f.Environ
	}
	return nil
}

// opening is what stands before the text of it in the log.
func (c *caught) opening() string {
	if _, ok := c.value.(*outside.Failure); ok {
		return ""
	}
	return "panic: "
}

// fold has none of the frames shown at once.
func fold(sections []report.Section) {
	for i := range sections {
		for j := range sections[i].Frames {
			sections[i].Frames[j].Open = false
		}
	}
}

// ending is the end of a text that may be too long, from the beginning of a line: of half a secret
// nobody could tell that it is one, nor of one in two colours.
func ending(text string) string {
	if len(text) > maxSaid {
		_, text, _ = strings.Cut(text[len(text)-maxSaid:], "\n")
	}
	return colours.ReplaceAllString(strings.ToValidUTF8(text, "\uFFFD"), "")
}

// colours are what a program writes that takes its standard error for a terminal (ECMA-48, SGR), as
// Python from 3.13 does under FORCE_COLOR.
var colours = regexp.MustCompile("\x1b\\[[0-9;:]*m")

// cutShort reports whether the frames do not say all that the text does.
func cutShort(tb *pytraceback.Traceback) bool {
	return slices.ContainsFunc(tb.Exceptions, func(e pytraceback.Exception) bool { return len(e.Further) > 0 || e.LeftOut > 0 })
}

// how says how an exception came of the one before.
var how = map[pytraceback.Relation]string{
	pytraceback.Cause:   "raised from that",
	pytraceback.Context: "raised while that was handled",
	pytraceback.Member:  "one of the group",
}

// python makes sections of a traceback, as those of this program's own stack.
func (c *collector) python(o *report.Outside, tb *pytraceback.Traceback) {
	sourced := 0
	for i := range tb.Exceptions {
		e := &tb.Exceptions[i]
		s := report.Section{LeftOut: e.LeftOut}
		if len(tb.Exceptions) > 1 {
			s.Title, s.How = e.Text, how[e.Relation]
		}
		if e == tb.Failed() {
			o.Failed = i
		}
		open := 0
		for _, f := range slices.Backward(e.Frames) {
			rf := c.pythonFrame(f)
			if rf.App && open < maxOpen {
				rf.Open = true
				open++
			}
			if sourced < maxSource && (rf.Open || len(s.Frames) < 3) {
				rf.Source = c.source.Python(rf.File, rf.Line, c.page.Context, f.Source)
				sourced++
			}
			s.Frames = append(s.Frames, rf)
		}
		if open == 0 && len(s.Frames) > 0 {
			s.Frames[0].Open = true
		}
		o.Sections = append(o.Sections, s)
	}
}

func (c *collector) pythonFrame(f pytraceback.Frame) report.Frame {
	rf := report.Frame{
		Function: cmp.Or(f.Function, "<module>"),
		File:     f.File,
		Line:     f.Line,
		Package:  pythonPackage(f.File),
		App:      pythonApplication(f.File),
		Marked:   f.Marked,
		Repeated: f.Repeated,
	}
	rf.Name = rf.Function
	if strings.Contains(f.Source, redact.Mask) {
		rf.Marked = "" // the columns are those of what stood there
	}
	if filepath.IsAbs(f.File) { // others are relative to a folder of that program
		rf.File = c.files.Mapped(f.File)
		rf.Link = editorLink(c.page.Editor, rf.File, f.Line)
	}
	return rf
}

// libraries are parts of the paths of what applications import.
var libraries = []string{"/site-packages/", "/dist-packages/", "/lib/python3", "/lib64/python3", "/lib/python2"}

// pythonApplication reports whether a file is the application's own.
func pythonApplication(file string) bool {
	file = filepath.ToSlash(file)
	return !strings.HasPrefix(file, "<") && !slices.ContainsFunc(libraries, func(part string) bool { return strings.Contains(file, part) })
}

// pythonPackage is the name of the package that a library's file belongs to, or else of the file.
func pythonPackage(file string) string {
	file = filepath.ToSlash(file)
	for _, part := range libraries[:2] {
		if _, rest, ok := strings.Cut(file, part); ok {
			first, _, _ := strings.Cut(rest, "/")
			return strings.TrimSuffix(first, ".py")
		}
	}
	return strings.TrimSuffix(path.Base(file), ".py")
}
