package doctor

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
)

// Finding is one thing that is wrong.
type Finding struct {
	// Level is how sure it is that this makes the program fail.
	Level Level `json:"level"`
	// Cause names the kind of finding, for programs.
	Cause Cause `json:"cause"`
	// File is what it is about: the program, a folder, an interpreter, the configuration.
	File string `json:"file"`
	// Text says what is wrong.
	Text string `json:"text"`
	// Evidence is what was seen. It may have several lines, and be "".
	Evidence string `json:"evidence,omitempty"`
	// Fix says what to do.
	Fix string `json:"fix"`
	// Command is what to type for that, "" where it takes an editor or a decision.
	Command string `json:"command,omitempty"`
}

// Level is how bad a finding is.
type Level int

// Levels, the worst last.
const (
	Note    Level = iota // good to know; the program works
	Warning              // may make it fail
	Fault                // makes it fail
)

func (l Level) String() string {
	switch l {
	case Note:
		return "note"
	case Warning:
		return "warning"
	}
	return "fault"
}

// MarshalText implements encoding.TextMarshaler.
func (l Level) MarshalText() ([]byte, error) { return []byte(l.String()), nil }

// UnmarshalText implements encoding.TextUnmarshaler.
func (l *Level) UnmarshalText(text []byte) error {
	for _, known := range []Level{Note, Warning, Fault} {
		if known.String() == string(text) {
			*l = known
			return nil
		}
	}
	return fmt.Errorf("doctor: %q is no level", text)
}

// Cause is a kind of finding.
type Cause string

// Causes of the file and the way to it.
const (
	FileMissing    Cause = "file-missing"
	NotAFile       Cause = "not-a-file"
	FolderClosed   Cause = "folder-closed"
	NotReadable    Cause = "not-readable"
	NotExecutable  Cause = "not-executable"
	MountedNoexec  Cause = "mounted-noexec"
	AccessDenied   Cause = "access-denied" // by something else than modes
	SetuidIgnored  Cause = "setuid-ignored"
	SuexecRefuses  Cause = "suexec-refuses"
	SELinuxLabel   Cause = "selinux-label"
	AppArmorActive Cause = "apparmor-profile"
	PrivateTmp     Cause = "private-tmp"
)

// Causes of the program's first bytes, and of what runs it.
const (
	EmptyFile              Cause = "empty-file"
	CRLF                   Cause = "crlf"
	CRLFWithEnv            Cause = "crlf-with-env"
	CRLFInBody             Cause = "crlf-in-body"
	ByteOrderMark          Cause = "byte-order-mark"
	UTF16                  Cause = "utf-16"
	TextBeforeShebang      Cause = "text-before-shebang"
	NoShebang              Cause = "no-shebang"
	LineTooLong            Cause = "line-too-long"
	NoInterpreter          Cause = "no-interpreter-named"
	RelativeInterpreter    Cause = "relative-interpreter"
	InterpreterMissing     Cause = "interpreter-missing"
	InterpreterNotRunnable Cause = "interpreter-not-runnable"
	InterpreterChain       Cause = "interpreter-chain"
	NotInPath              Cause = "not-in-path"
	EnvNeedsSplit          Cause = "env-needs-split"
	OneArgument            Cause = "one-argument"
	OtherArchitecture      Cause = "other-architecture"
	DynamicLoaderMissing   Cause = "loader-missing"
	SharedLibraryMissing   Cause = "library-missing"
	ProgramDamaged         Cause = "program-damaged"
)

// Causes of the server's configuration.
const (
	NotToldCGI    Cause = "not-told-cgi"
	NoCGIModule   Cause = "no-cgi-module"
	NoCGIInServer Cause = "no-cgi-in-server"
	Intercepted   Cause = "intercepted"
	NotServed     Cause = "not-served"
	AccessRule    Cause = "access-rule"
)

// Causes that show when the program runs, or is fetched through the server.
const (
	CannotStart       Cause = "cannot-start"
	Failed            Cause = "failed" // a traceback, or a message of that kind
	NoOutput          Cause = "no-output"
	BodyFirst         Cause = "body-first"
	NoBlankLine       Cause = "no-blank-line"
	InvalidStatus     Cause = "invalid-status"
	InvalidHeader     Cause = "invalid-header"
	NoContentType     Cause = "no-content-type"
	ExitStatus        Cause = "exit-status"
	Killed            Cause = "killed"
	TimedOut          Cause = "timed-out"
	OutputHeld        Cause = "output-held"
	AnswersError      Cause = "answers-error"
	SourceReturned    Cause = "source-returned"
	Forbidden         Cause = "forbidden"
	NotFound          Cause = "not-found"
	ServerError       Cause = "server-error"
	OtherContent      Cause = "other-content"
	WrongContentType  Cause = "wrong-content-type"
	Redirected        Cause = "redirected"
	ServerUnreachable Cause = "server-unreachable"
	LeftBehind        Cause = "left-behind"
)

// Report is the outcome of an examination.
type Report struct {
	File string `json:"file"`
	// User is the account as which the program was examined.
	User string `json:"user"`
	// Findings are what is wrong, the worst first.
	Findings []Finding `json:"findings"`
	// Unchecked says what was not examined, and why.
	Unchecked []string `json:"unchecked,omitempty"`
	// Ran is what the program did, nil if it was not run.
	Ran *Run `json:"ran,omitempty"`
	// Fetched is what came through the server, nil where it was not asked.
	Fetched *Fetched `json:"fetched,omitempty"`
}

// Sick reports whether there is more than notes.
func (r *Report) Sick() bool {
	return slices.ContainsFunc(r.Findings, func(f Finding) bool { return f.Level > Note })
}

func (r *Report) fails() bool {
	return slices.ContainsFunc(r.Findings, func(f Finding) bool { return f.Level == Fault && !ofServer[f.Cause] })
}

// ofServer are the faults that do not keep the program itself from running.
var ofServer = map[Cause]bool{
	NotToldCGI: true, NoCGIModule: true, NoCGIInServer: true, Intercepted: true, NotServed: true, AccessRule: true,
	SuexecRefuses: true, PrivateTmp: true,
}

func (r *Report) sort() {
	slices.SortStableFunc(r.Findings, func(a, b Finding) int { return cmp.Compare(b.Level, a.Level) })
}

// String is the report for a person.
func (r *Report) String() string {
	var b strings.Builder
	as := ""
	if r.User != "" {
		as = ", as " + r.User
	}
	fmt.Fprintf(&b, "%s%s: %s\n", r.File, as, r.count())
	if r.Fetched != nil {
		fmt.Fprintf(&b, "\nFetched %s\n", r.Fetched)
	}
	if len(r.Findings) > 0 {
		b.WriteString("\n" + r.findingsText())
	}
	if r.Ran != nil {
		fmt.Fprintf(&b, "\nIt was run: %s\n", r.Ran)
		if r.Ran.Stderr != "" {
			b.WriteString("It wrote to its standard error:\n" + indent(tail(r.Ran.Stderr, 20), "    "))
		}
	}
	if len(r.Unchecked) > 0 {
		b.WriteString("\nNot checked:\n")
		for _, u := range r.Unchecked {
			b.WriteString("  - " + u + "\n")
		}
	}
	return b.String()
}

func (r *Report) count() string {
	var n [3]int
	for _, f := range r.Findings {
		n[min(max(f.Level, Note), Fault)]++
	}
	var parts []string
	for level := Fault; level >= Note; level-- {
		switch n[level] {
		case 0:
		case 1:
			parts = append(parts, "1 "+level.String())
		default:
			parts = append(parts, fmt.Sprintf("%d %ss", n[level], level))
		}
	}
	if len(parts) == 0 {
		return "nothing is wrong"
	}
	return strings.Join(parts, ", ")
}

func (r *Report) findingsText() string {
	var b strings.Builder
	for i, f := range r.Findings {
		if i > 0 {
			b.WriteByte('\n')
		}
		fmt.Fprintf(&b, "%s: %s\n", strings.ToUpper(f.Level.String()), f.Text)
		if f.Evidence != "" {
			b.WriteString(indent(f.Evidence, "    | "))
		}
		fmt.Fprintf(&b, "  Fix: %s\n", f.Fix)
		if f.Command != "" {
			b.WriteString(indent(f.Command, "      "))
		}
	}
	return b.String()
}

func indent(text, with string) string {
	var b strings.Builder
	for line := range strings.Lines(strings.TrimRight(text, "\n") + "\n") {
		b.WriteString(with + line)
	}
	return b.String()
}

// tail is the last n lines of a text.
func tail(text string, n int) string {
	lines := strings.Split(strings.TrimRight(text, "\n"), "\n")
	return strings.Join(lines[max(0, len(lines)-n):], "\n")
}

// quote makes one word of a shell's command line.
func quote(s string) string {
	safe := func(r rune) bool {
		return r > 0x7F || strings.ContainsRune("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789/._-+=:,@", r)
	}
	if s != "" && !strings.ContainsFunc(s, func(r rune) bool { return !safe(r) }) {
		return s
	}
	return "'" + strings.ReplaceAll(s, "'", `'\''`) + "'"
}
