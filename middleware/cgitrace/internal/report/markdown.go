//go:build dev

package report

import (
	"cmp"
	"strings"
)

// Markdown is r as it would be put into an issue: why it failed, the frame at fault with
// its values, the stack, and how to repeat it.
func (r *Report) Markdown() string { return r.bounded().markdown() }

func (r *Report) markdown() string {
	var b writer
	b.printf("### %s: %s\n\n", r.what(), inlineCode(r.Message))
	if r.Reason != "" {
		b.printf("%s\n\n", inlineCode(r.Reason))
	}
	b.printf("%s in %s, incident %s\n", inlineCode(r.Type), inlineCode(r.Request.Method+" "+r.Request.URL), inlineCode(r.Incident))
	if len(r.Faults) > 0 {
		b.WriteString("\nBefore the panic:\n\n")
		for _, f := range r.Faults {
			f.File = base(f.File)
			b.printf("- %s\n", inlineCode(f.String()))
		}
	}
	if r.Chain != nil && len(r.Chain.Causes) > 0 {
		var chain writer
		chain.cause(*r.Chain, "")
		b.fenced("text", chain.String())
	}
	if f := r.Culprit(); f != nil {
		b.culprit(f, r.language())
	}
	if o := r.Outside; o != nil {
		b.stack(o.Sections)
		for _, block := range o.Blocks {
			if !block.Folded {
				b.printf("\n%s:\n", inlineCode(block.Heading))
				b.fenced("text", clip(block.Text, maxIssue/2))
			}
		}
		b.printf("\nHow the request got there:\n")
	}
	b.stack(r.Sections)
	b.fenced("sh", r.Request.Curl)
	b.printf("\n%s %s", r.Build.Go, r.Build.Platform)
	for _, s := range r.Build.Settings {
		if strings.HasPrefix(s.Name, "vcs.") {
			b.printf(", %s %s", s.Name, s.Value)
		}
	}
	b.WriteString("\n")
	return printable(b.String())
}

// language is that of the source, as a block of code is marked with it.
func (r *Report) language() string {
	if r.Outside != nil {
		return strings.ToLower(strings.Join(strings.FieldsFunc(r.Outside.Language, func(c rune) bool { return c < 'A' || c > 'z' }), ""))
	}
	return "go"
}

func (b *writer) stack(sections []Section) {
	var stack writer
	for _, s := range sections {
		stack.title(s, "")
		for _, f := range s.Frames {
			stack.printf("%s\n    %s:%d\n", f.Function, base(f.File), f.Line)
		}
	}
	b.fenced("text", stack.String())
}

func (b *writer) culprit(f *Frame, language string) {
	b.printf("\n%s at `%s:%d`\n", inlineCode(f.Name), strings.ReplaceAll(base(f.File), "`", "'"), f.Line)
	var source, values writer
	for _, l := range f.Source {
		source.WriteString(l.String())
		if l.Hot {
			if language == "go" {
				source.WriteString(" // <- here")
			} else {
				source.WriteString("  # <- here")
			}
		}
		source.WriteString("\n")
	}
	values.values(f, "")
	b.fenced(language, source.String())
	b.fenced("text", clip(values.String(), maxIssue))
}

// fenced writes a block of code, fenced by more backquotes than it has in a row itself.
func (b *writer) fenced(language, code string) {
	if code = strings.TrimRight(code, "\n"); code == "" {
		return
	}
	fence := strings.Repeat("`", max(3, backquotes(code)+1))
	b.printf("\n%s%s\n%s\n%s\n", fence, language, code, fence)
}

// inlineCode is s as code within a line, in which nothing is markup, mention or link.
func inlineCode(s string) string {
	s = cmp.Or(strings.Join(strings.Fields(s), " "), "nothing")
	fence := strings.Repeat("`", backquotes(s)+1)
	if strings.HasPrefix(s, "`") || strings.HasSuffix(s, "`") {
		s = " " + s + " "
	}
	return fence + s + fence
}

// backquotes is how many stand in a row in s, at most.
func backquotes(s string) int {
	most, run := 0, 0
	for i := range len(s) {
		if s[i] != '`' {
			run = 0
			continue
		}
		run++
		most = max(most, run)
	}
	return most
}

// base is the end of a path: an issue has no use for the folders of somebody's machine.
func base(file string) string {
	parts := strings.Split(strings.ReplaceAll(file, `\`, "/"), "/")
	return strings.Join(parts[max(0, len(parts)-2):], "/")
}
