//go:build dev

// Package report renders what is known of a panic: as a page, as JSON, as text for
// a terminal, and as Markdown to paste into an issue. It is given strings in which secrets are
// masked already, and adds none.
//
// A [Report] may hold anything: what the strings say stays text in every format, control
// characters show as signs, and what is too much for a page is left out, which the page says.
// The skeleton of the page is page.html; its parts of which there are many, lines of source and
// values, are put together by markup.
package report

import (
	"time"

	"github.com/surcoat/surcoat/middleware/cgitrace/internal/source"
	"github.com/surcoat/surcoat/middleware/cgitrace/internal/value"
)

// Report is all that is shown of one panic.
type Report struct {
	Incident string        `json:"incident"`
	Time     time.Time     `json:"time"`
	Took     time.Duration `json:"-"` // to put this together

	Message string      `json:"message"`
	Reason  string      `json:"reason,omitempty"` // why the line failed, in words; "": not known
	Type    string      `json:"type"`
	Value   *value.Node `json:"value,omitempty"` // nil where it says no more than Message
	Chain   *Cause      `json:"chain,omitempty"` // nil for what is no error
	Notes   []string    `json:"notes,omitempty"` // what the reader should know of the report itself

	Faults []Fault `json:"faults,omitempty"` // what else went wrong on this request

	// Values is how far the variables can be trusted: [Exact], in words why they may be
	// stale, or why there are none. `Backquotes` set off a command. "": nothing is known
	// of variables.
	Values string `json:"values,omitempty"`

	Outside *Outside `json:"outside,omitempty"` // nil: it was this program that failed

	Sections   []Section `json:"stack"`
	Request    Request   `json:"request"`
	Goroutines string    `json:"-"` // as runtime.Stack writes them, this one first
	Build      Build     `json:"build"`
}

// Exact is what [Report.Values] says when each value shown is what it was at the panic.
const Exact = "exact"

// Fault is a breach of the contract of http.ResponseWriter that was seen before the panic.
type Fault struct {
	Text string `json:"text"`
	File string `json:"file,omitempty"` // "": not known
	Line int    `json:"line,omitempty"`
	Link string `json:"-"` // opens an editor
}

// Cause is an error and what it wraps.
type Cause struct {
	Type   string  `json:"type"`
	Text   string  `json:"text"`
	Causes []Cause `json:"causes,omitempty"`
}

// Section is a part of the stack that ends in a panic.
type Section struct {
	Title   string  `json:"title,omitempty"` // "" where there is but one
	How     string  `json:"how,omitempty"`   // how it came of the one before, where Title does not say it
	Frames  []Frame `json:"frames"`
	LeftOut int     `json:"left_out,omitempty"`
}

// Frame is a call.
type Frame struct {
	Function string        `json:"function"`
	Name     string        `json:"-"`
	Package  string        `json:"-"`
	File     string        `json:"file"`
	Line     int           `json:"line"`
	App      bool          `json:"application"`
	Open     bool          `json:"-"` // shown at once
	Link     string        `json:"-"` // opens an editor
	Source   []source.Line `json:"-"`
	Stale    bool          `json:"stale,omitempty"`    // the file is newer than the binary
	Marked   string        `json:"failing,omitempty"`  // the part of the line that failed; "": not told, or Reason tells it
	Repeated int           `json:"repeated,omitempty"` // how many more calls like this are left out

	Expressions []Expression `json:"expressions,omitempty"` // those on Line, the outermost last
	Variables   []Variable   `json:"variables,omitempty"`
	NoValues    string       `json:"no_values,omitempty"` // why there are no variables, where [Report.Values] does not say it
}

// Request is the request that was being served.
type Request struct {
	Method   string   `json:"method"`
	URL      string   `json:"url"`
	Proto    string   `json:"proto"`
	Host     string   `json:"host"`
	Remote   string   `json:"remote"`
	Pattern  string   `json:"pattern,omitempty"`
	Header   []Pair   `json:"header"`
	Query    []Pair   `json:"query,omitempty"`
	Form     []Pair   `json:"form,omitempty"`
	Body     string   `json:"body,omitempty"`
	BodyNote string   `json:"body_note,omitempty"`
	Curl     string   `json:"curl"`
	Environ  []string `json:"environment_names"` // names only
}

// Pair is a name and its value.
type Pair struct {
	Name  string `json:"name"`
	Value string `json:"value"`
}

// Build says what binary this is.
type Build struct {
	Go       string `json:"go"`
	Platform string `json:"platform"`
	Main     string `json:"main,omitempty"`
	Settings []Pair `json:"settings,omitempty"`
	Modules  []Pair `json:"-"`
	Routines int    `json:"goroutines"`
}
