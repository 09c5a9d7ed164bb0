//go:build dev

package cgitrace

import (
	"fmt"
	"net/http"
	"os"
	"runtime"
	"runtime/debug"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/surcoat/surcoat/middleware/cgitrace/internal/redact"
	"github.com/surcoat/surcoat/middleware/cgitrace/internal/report"
	"github.com/surcoat/surcoat/middleware/cgitrace/internal/source"
	"github.com/surcoat/surcoat/middleware/cgitrace/internal/trace"
	"github.com/surcoat/surcoat/middleware/cgitrace/internal/value"
)

// Limits of a report, which has to stay readable and below a megabyte.
const (
	maxOpen       = 12        // frames of the application that are shown at once, in each section
	maxSource     = 40        // frames that come with their source
	maxGoroutines = 512 << 10 // bytes of the goroutines' dump
	maxBody       = 16 << 10  // bytes of a request's body
	maxField      = 4 << 10   // bytes of a value that the request carries
)

// collector puts a report together.
type collector struct {
	page   *Page
	rec    *record
	red    *redact.Redactor
	files  source.Files
	source *source.Reader
	built  time.Time // when the binary was; zero: not known
	values *values   // nil: there are none
}

// collect makes the report on rec. body, which may be nil, has what was read of r's.
// cycles is how often the garbage collector had run when the request began.
func collect(p *Page, r *http.Request, rec *record, body *tee, cycles uint64) *report.Report {
	began := time.Now()
	c := &collector{
		page:   p,
		rec:    rec,
		red:    rec.redact,
		files:  source.Files{Paths: p.Paths},
		source: source.NewReader(rec.redact),
	}
	if exe, err := os.Executable(); err == nil {
		if info, err := os.Stat(exe); err == nil {
			c.built = info.ModTime()
		}
	}
	title, kind, foreign := c.foreign()
	if foreign == nil {
		c.values = c.live()
	}
	sections := c.sections()
	rec.mask(r) // the variables have told of more secrets
	rep := &report.Report{
		Time:       began,
		Message:    rec.text,
		Type:       fmt.Sprintf("%T", rec.caught.value),
		Sections:   sections,
		Request:    c.request(r, body),
		Goroutines: c.goroutines(),
		Build:      c.build(),
	}
	if foreign != nil {
		rep.Message, rep.Type, rep.Outside = title, kind, foreign
		fold(sections)
		rep.Took = time.Since(began).Round(10 * time.Microsecond)
		return rep
	}
	rep.Value, rep.Values = c.value(), c.trust(cycles)
	if c.values != nil {
		rep.Reason = c.red.Text(c.values.reason)
	}
	c.redact(sections)
	if err, ok := rec.caught.value.(error); ok {
		chain := &chain{red: c.red, left: maxCauses, until: time.Now().Add(maxAsking)}
		cause := chain.cause(err, rec.text)
		rep.Chain = &cause
	}
	if !slices.ContainsFunc(rep.Sections, func(s report.Section) bool {
		return slices.ContainsFunc(s.Frames, func(f report.Frame) bool { return len(f.Source) > 0 })
	}) {
		rep.Notes = append(rep.Notes, "None of the source files was found. Page.Paths maps the folders of the machine that built this binary to those of this one.")
	}
	rep.Took = time.Since(began).Round(10 * time.Microsecond)
	return rep
}

// value takes the panic's value apart where it has parts that say more than its text.
func (c *collector) value() *value.Node {
	n := value.Of(c.rec.caught.value, c.red)
	switch pkg, _, _ := strings.Cut(strings.TrimLeft(n.Type, "*"), "."); {
	case len(n.Kids) == 0, pkg == "errors", pkg == "fmt", pkg == "runtime":
		return nil
	}
	return &n
}

// sections are the parts of the stack, the one where it all began in front.
func (c *collector) sections() []report.Section {
	parts := trace.Sections(c.rec.caught.frames)
	slices.Reverse(parts)
	sections := make([]report.Section, len(parts))
	sourced, opened := 0, false
	again := c.repeated(parts)
	for i, part := range parts {
		s := &sections[i]
		s.LeftOut = part.LeftOut
		switch {
		case len(parts) == 1:
		case i == 0:
			s.Title = "Where it first panicked"
		default:
			s.Title = "Where it panicked again, in a function deferred above"
		}
		open := 0
		for j, f := range part.Frames {
			rf := c.frame(f)
			if f.Kind == trace.Application && open < maxOpen {
				rf.Open = true
				open++
			}
			if sourced < maxSource && (rf.Open || j < 3) {
				c.addSource(&rf)
				sourced++
			}
			if c.values != nil && rf.Open {
				p := bystander
				switch {
				case i < len(parts)-1 && (i > 0 || !again):
				case j == 0:
					p = failed
				case open == 1:
					p = caller
				}
				c.values.add(&rf, f, p)
			}
			s.Frames = append(s.Frames, rf)
		}
		opened = opened || open > 0
	}
	if !opened && len(sections[0].Frames) > 0 {
		sections[0].Frames[0].Open = true
	}
	return sections
}

// repeated reports whether the last panic is the first once more, as after
// recover and panic with what that has returned. What it says is then said of the first.
func (c *collector) repeated(parts []trace.Section) bool {
	last := parts[len(parts)-1]
	if len(parts) == 1 || len(last.Frames) == 0 {
		return false
	}
	f := last.Frames[0]
	line := c.source.Around(c.files.Find(f.File), f.Line, 0)
	return len(line) == 1 && strings.Contains(line[0].String(), "panic(")
}

func (c *collector) frame(f trace.Frame) report.Frame {
	file := c.files.Find(f.File)
	return report.Frame{
		Function: f.Function,
		Name:     f.Name,
		Package:  f.Package,
		File:     file,
		Line:     f.Line,
		App:      f.Kind == trace.Application,
		Link:     editorLink(c.page.Editor, file, f.Line),
	}
}

func (c *collector) addSource(f *report.Frame) {
	f.Source = c.source.Around(f.File, f.Line, c.page.Context)
	if info, err := os.Stat(f.File); err == nil && f.App && !c.built.IsZero() {
		f.Stale = info.ModTime().After(c.built.Add(time.Second))
	}
}

// editorLink fills the template of Page.Editor in.
func editorLink(template, file string, line int) string {
	file = strings.ReplaceAll(file, `\`, "/")
	if !strings.HasPrefix(file, "/") {
		file = "/" + file
	}
	var escaped strings.Builder
	for i := range len(file) {
		switch c := file[i]; {
		case 'a' <= c && c <= 'z', 'A' <= c && c <= 'Z', '0' <= c && c <= '9', strings.IndexByte("/:.-_~@!+,", c) >= 0:
			escaped.WriteByte(c)
		default:
			fmt.Fprintf(&escaped, "%%%02X", c)
		}
	}
	return strings.NewReplacer("{file}", escaped.String(), "{line}", strconv.Itoa(line)).Replace(template)
}

// goroutines is the dump of all of them.
func (c *collector) goroutines() string {
	buf := make([]byte, maxGoroutines)
	buf = buf[:runtime.Stack(buf, true)]
	text := c.red.Text(string(buf))
	if len(buf) == maxGoroutines {
		text += "\n… and more"
	}
	return text
}

func (c *collector) build() report.Build {
	b := report.Build{
		Go:       runtime.Version(),
		Platform: runtime.GOOS + "/" + runtime.GOARCH,
		Routines: runtime.NumGoroutine(),
	}
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return b
	}
	b.Main = info.Path
	for _, s := range info.Settings {
		b.Settings = append(b.Settings, report.Pair{Name: s.Key, Value: c.red.Value(s.Key, s.Value)})
	}
	for _, m := range info.Deps {
		version := m.Version
		if m.Replace != nil {
			version += " => " + m.Replace.Path + " " + m.Replace.Version
		}
		b.Modules = append(b.Modules, report.Pair{Name: m.Path, Value: version})
	}
	return b
}
