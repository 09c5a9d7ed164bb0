package doctor

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"

	"github.com/surcoat/surcoat/gateway/doctor/internal/account"
)

// message is what a language's runtime said when a program failed.
type message struct {
	language string
	text     string // the last line: what failed
	file     string
	line     int
}

// place is the source line that failed. It is read as the program's user, since it is the program
// that names the file.
func (m *message) place(a account.Account) string {
	if m.file == "" {
		return ""
	}
	at, src := fmt.Sprintf("%s:%d", m.file, m.line), ""
	read := func() { src = sourceLine(m.file, m.line) }
	if err := a.Do(read); errors.Is(err, account.ErrOther) {
		read() // with no more rights than the program had, which ran as this process's account
	}
	if src != "" {
		at += ": " + src
	}
	return at
}

var (
	pythonFrame = regexp.MustCompile(`(?m)^\s*File "([^"]+)", line (\d+)`)
	pythonError = regexp.MustCompile(`(?m)^([A-Za-z_][\w.]*(?:Error|Exception|Interrupt|Exit|Warning|[a-z]Iteration)\b.*|[A-Za-z_][\w.]*: .+)$`)
	perlError   = regexp.MustCompile(`(?m)^(.+?) at (\S+) line (\d+)(?:,.*)?\.?\s*$`)
	bashError   = regexp.MustCompile(`(?m)^(/?\S+): line (\d+): (.+)$`)
	dashError   = regexp.MustCompile(`(?m)^(/?\S+): (\d+): (.+)$`)
	rubyError   = regexp.MustCompile(`(?m)^(/?\S+\.\w+):(\d+):in .+?: (.+ \([A-Z]\w*\))\s*$`)
	phpError    = regexp.MustCompile(`(?m)^(?:PHP )?((?:Fatal|Parse) error: .+?) in (\S+)(?:\(|:| on line )(\d+)`)
)

// recognise finds the message of a runtime in what a program wrote, nil for none.
func recognise(out []byte) *message {
	out = out[:min(len(out), maxStderr)]
	for _, one := range []func(string) *message{python, php, ruby, shell, perl} {
		if m := one(string(bytes.ReplaceAll(out, []byte("\r\n"), []byte("\n")))); m != nil {
			return m
		}
	}
	return nil
}

// python reads a traceback, or a syntax error, which has none. The last frame is where it failed.
func python(text string) *message {
	frames := pythonFrame.FindAllStringSubmatchIndex(text, -1)
	if len(frames) == 0 {
		return nil
	}
	last := frames[len(frames)-1]
	errs := pythonError.FindAllString(text[last[1]:], 1)
	if len(errs) == 0 {
		return nil
	}
	line, _ := strconv.Atoi(text[last[4]:last[5]])
	return &message{"Python", errs[0], text[last[2]:last[3]], line}
}

func php(text string) *message {
	m := phpError.FindStringSubmatch(text)
	if m == nil {
		return nil
	}
	line, _ := strconv.Atoi(m[3])
	return &message{"PHP", m[1], m[2], line}
}

func ruby(text string) *message {
	m := rubyError.FindStringSubmatch(text)
	if m == nil {
		return nil
	}
	line, _ := strconv.Atoi(m[2])
	return &message{"Ruby", m[3], m[1], line}
}

func shell(text string) *message {
	for _, form := range []*regexp.Regexp{bashError, dashError} {
		if m := last(form, text); m != nil {
			line, _ := strconv.Atoi(m[2])
			return &message{"shell", m[3], m[1], line}
		}
	}
	return nil
}

// perl takes the first message: those after a failed compilation are of what follows from it.
func perl(text string) *message {
	m := perlError.FindStringSubmatch(text)
	if m == nil {
		return nil
	}
	line, _ := strconv.Atoi(m[3])
	return &message{"Perl", m[1], m[2], line}
}

func last(form *regexp.Regexp, text string) []string {
	all := form.FindAllStringSubmatch(text, -1)
	if len(all) == 0 {
		return nil
	}
	return all[len(all)-1]
}

func sourceLine(file string, n int) string {
	if !filepath.IsAbs(file) {
		return ""
	}
	info, err := os.Stat(file)
	if err != nil || !info.Mode().IsRegular() || info.Size() > 4<<20 {
		return ""
	}
	b, err := os.ReadFile(file)
	if err != nil {
		return ""
	}
	i := 0
	for line := range bytes.Lines(b) {
		if i++; i == n {
			line = bytes.TrimSpace(line)
			return string(line[:min(len(line), 200)])
		}
	}
	return ""
}

var (
	missingModule  = regexp.MustCompile(`^(?:ModuleNotFoundError|ImportError): No module named '?([\w.]+)`)
	missingPerl    = regexp.MustCompile(`^Can't locate (\S+?)\.pm in @INC`)
	commandMissing = regexp.MustCompile(`^(\S+): (?:command )?not found$`)
	pythonInside   = regexp.MustCompile(`(?m)^(import \w+|from \w+ import |def \w+\()`)
)

// gone are modules that Python 3.13 has no more (PEP 594).
var gone = map[string]string{"cgi": "legacy-cgi", "cgitb": "legacy-cgi"}

// fix says what to do about the messages that are well known.
func (m *message) fix(o *outcome) string {
	user := o.run.As
	if found := missingModule.FindStringSubmatch(m.text); found != nil {
		if pip, ok := gone[found[1]]; ok {
			return "Python 3.13 has no module " + found[1] + " any more: install " + pip + " for the interpreter of the first line."
		}
		return "Install " + found[1] + " for the interpreter of the first line, for all users: what is in your ~/.local or in a virtual environment that is not active, " + user + " does not see."
	}
	if found := missingPerl.FindStringSubmatch(m.text); found != nil {
		return "Install " + strings.ReplaceAll(found[1], "/", "::") + " for the Perl of the first line, for all users."
	}
	if m.language == "shell" {
		if head, err := o.e.read(o.e.file); err == nil && pythonInside.Match(head) {
			return "This seems to be Python, and the first line names a shell: name Python there."
		}
		if found := commandMissing.FindStringSubmatch(m.text); found != nil {
			return "Name the full path of " + found[1] + ": programs have the server's PATH (" + o.e.searchPath + "), not yours."
		}
	}
	switch {
	case strings.Contains(m.text, "Permission"):
		return "Let " + user + " have that file, or keep the data where it may write."
	case strings.Contains(m.text, "UnicodeEncodeError"), strings.Contains(m.text, "Wide character"):
		return "The server's locale is C: set the encoding of the output in the program, or PYTHONIOENCODING=utf-8 with SetEnv."
	}
	return "Mend it in the program at the line that is shown."
}
