// Package shebang reads the first line of a script as the kernel does (execve(2); Linux
// fs/binfmt_script.c).
package shebang

import (
	"bytes"
	"strings"
)

// Max is how many bytes of a first line Linux reads, since 5.1; it was 127 before.
const Max = 255

// Line is a first line that begins with "#!".
type Line struct {
	// Raw is the line without its LF, or the first 4 KiB of it.
	Raw string
	// Interpreter is the program, "" where none is named. It ends at a blank; a CR is part of it.
	Interpreter string
	// Argument is all that follows, as the kernel hands it over: one argument, blanks and all.
	Argument string
	// Cut says that the line has more than [Max] bytes, of which the kernel does not read the rest.
	Cut bool
	// Broken says that what was cut is the interpreter itself.
	Broken bool
}

const longest = 4 << 10

// Parse reads the beginning of a file. It is not ok where that is not "#!".
func Parse(head []byte) (l Line, ok bool) {
	if !bytes.HasPrefix(head, []byte("#!")) {
		return Line{}, false
	}
	line, _, _ := bytes.Cut(head, []byte("\n"))
	l.Raw = string(line[:min(len(line), longest)])
	if len(line) > Max {
		l.Cut = true
		line = line[:Max]
	}
	text := strings.TrimLeft(string(line[2:]), " \t")
	end := strings.IndexAny(text, " \t\x00")
	if end < 0 {
		l.Interpreter, l.Broken = text, l.Cut
		return l, true
	}
	l.Interpreter = text[:end]
	if text[end] != 0 {
		rest, _, _ := strings.Cut(text[end:], "\x00")
		l.Argument = strings.Trim(rest, " \t")
	}
	return l, true
}

// Base is the interpreter's name without folders.
func (l Line) Base() string { return l.Interpreter[strings.LastIndexByte(l.Interpreter, '/')+1:] }

// Env is what env(1) makes of its one argument.
type Env struct {
	// Program is what it looks for in PATH, or a path. "": none.
	Program string
	// Args are the program's arguments.
	Args []string
	// NeedsSplit says that there are blanks, and no -S by which env splits at them. Program and
	// Args are what was meant.
	NeedsSplit bool
	// Path is what env is told to set PATH to, "" if it is not.
	Path string
}

// Env reads the argument where the interpreter is env. It is not ok where it is not.
func (l Line) Env() (e Env, ok bool) {
	if l.Base() != "env" {
		return Env{}, false
	}
	words := split(l.Argument)
	if !strings.ContainsAny(l.Argument, " \t") {
		if arg, found := splitOption(l.Argument); found {
			words = split(arg)
		}
	} else if arg, found := splitOption(words[0]); found {
		words = words[1:]
		if arg != "" {
			words = append([]string{arg}, words...)
		}
	} else {
		e.NeedsSplit = true
	}
	for len(words) > 0 {
		word := words[0]
		words = words[1:]
		name, value, assigned := strings.Cut(word, "=")
		switch {
		case word == "-u" || word == "-C" || word == "--unset" || word == "--chdir":
			words = words[min(1, len(words)):]
		case strings.HasPrefix(word, "-"):
		case assigned:
			if name == "PATH" {
				e.Path = value
			}
		default:
			e.Program, e.Args = word, words
			return e, true
		}
	}
	return e, true
}

// splitOption reports whether a word is -S, alone or behind other letters, or --split-string, and
// returns what follows in the same word.
func splitOption(word string) (rest string, ok bool) {
	if rest, ok = strings.CutPrefix(word, "--split-string"); ok {
		return strings.TrimPrefix(rest, "="), true
	}
	if !strings.HasPrefix(word, "-") || strings.HasPrefix(word, "--") {
		return "", false
	}
	for i := 1; i < len(word); i++ {
		switch word[i] {
		case 'S':
			return word[i+1:], true
		case 'i', 'v', '0':
		default:
			return "", false
		}
	}
	return "", false
}

// split splits as env -S does, but for its escapes and variables.
func split(s string) []string {
	var words []string
	var word []byte
	var quote byte
	inside := false
	for i := range len(s) {
		switch c := s[i]; {
		case quote != 0 && c == quote:
			quote = 0
		case quote != 0:
			word = append(word, c)
		case c == '"' || c == '\'':
			quote, inside = c, true
		case c == ' ' || c == '\t':
			if inside {
				words, word, inside = append(words, string(word)), nil, false
			}
		default:
			word, inside = append(word, c), true
		}
	}
	if inside {
		words = append(words, string(word))
	}
	return words
}
