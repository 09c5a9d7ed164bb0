//go:build dev

package report

import "html/template"

// Outside is what another program, which answers requests behind this one, said of its failure.
// Where there is one, [Report.Message] is what failed in it, and the stack of this program only how
// the request got there.
type Outside struct {
	Language string    `json:"language,omitempty"` // of Sections, as in a block of Markdown; "": there are none
	Sections []Section `json:"stack,omitempty"`    // the one where it all began in front, each with the innermost call first
	Failed   int       `json:"-"`                  // which of Sections is of what nobody has caught
	Blocks   []Block   `json:"blocks"`
}

// Block is a text of the program under a heading.
type Block struct {
	Heading string `json:"heading"`
	Text    string `json:"text"`
	Folded  bool   `json:"-"` // Sections say it better
}

// what says what is reported, as the first word of all formats.
func (r *Report) what() string {
	if r.Outside != nil {
		return "failed"
	}
	return "panic"
}

// failed is the part of the other program's stack that is of what nobody has caught.
func (o *Outside) failed() []Section {
	if o.Failed < len(o.Sections) {
		return o.Sections[o.Failed : o.Failed+1]
	}
	return nil
}

// What is the first word of the page.
func (s sheet) What() string { return s.what() }

// Way is the stack of this program where another failed.
func (s sheet) Way() template.HTML {
	var m markup
	for _, section := range s.Sections {
		for _, run := range section.Runs() {
			run.Folded = false // it all is
			m.run(run, new(*Frame), "")
		}
	}
	return m.html()
}

// Frames is how many there are in Way.
func (s sheet) Frames() (n int) {
	for _, section := range s.Sections {
		n += len(section.Frames) + section.LeftOut
	}
	return n
}

// outside writes what another program said.
func (b *writer) outside(o *Outside) {
	for _, s := range o.Sections {
		b.section(s)
	}
	for _, block := range o.Blocks {
		if !block.Folded {
			b.printf("\n%s:\n", block.Heading)
			b.indented("  ", block.Text)
		}
	}
}

// way writes, in one line for each section, how the request got to the program.
func (b *writer) way(sections []Section) {
	b.printf("\nhow the request got there:\n")
	for _, s := range sections {
		run := Run{Frames: s.Frames}
		b.printf("  %d frames of ", len(s.Frames)+s.LeftOut)
		for i, name := range run.Packages() {
			if i > 0 {
				b.printf(", ")
			}
			b.printf("%s", name)
		}
		b.printf("\n")
	}
}

// boundOutside bounds what another program said, with the allowances of sections.
func boundOutside(o *Outside, values, lines *allowance) *Outside {
	b := *o
	b.Sections = boundSections(o.Sections, values, lines)
	b.Blocks = make([]Block, len(o.Blocks))
	left := maxBlocks
	for i, block := range o.Blocks {
		block.Heading = clip(block.Heading, maxName)
		block.Text = clip(block.Text, min(left, maxBlock))
		left = max(0, left-weight(block.Text))
		b.Blocks[i] = block
	}
	return &b
}
