package doctor

import (
	"fmt"
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

// String is "fault", "warning" or "note".
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

// quote makes one word of a shell's command line.
func quote(s string) string {
	if isPlain(s) {
		return s
	}
	return "'" + strings.ReplaceAll(s, "'", `'\''`) + "'"
}

// isPlain reports whether s means itself to a shell and, between bars, to sed. What a file names is
// only then part of a command that somebody may copy.
func isPlain(s string) bool {
	safe := func(r rune) bool {
		return r > 0x7F || strings.ContainsRune("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789/._-+=:,@", r)
	}
	return s != "" && !strings.ContainsFunc(s, func(r rune) bool { return !safe(r) })
}
