package doctor

import (
	"bytes"
	"fmt"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"

	"github.com/surcoat/surcoat/gateway/doctor/internal/account"
	"github.com/surcoat/surcoat/gateway/doctor/internal/shebang"
)

// checkContent examines what the file begins with: what the kernel goes by.
func (e *examination) checkContent(f account.File) {
	head, err := e.read(e.file)
	switch {
	case err != nil:
		e.checkReadable(f)
		e.unchecked("what is in the file: %v", err)
		return
	case len(head) == 0:
		e.find(Finding{
			Level: Fault, Cause: EmptyFile, Text: "The file is empty.", Evidence: f.String(),
			Fix: "Upload or write it again. A full disk leaves empty files too (df).",
		})
		return
	}
	if via := e.interpreter(); via != "" {
		e.checkReadable(f)
		e.checkInterpreter(via, 0)
		return
	}
	if isELF(head) {
		e.checkELF(e.file)
		return
	}
	e.checkReadable(f)
	if system := foreign(head); system != "" {
		e.find(Finding{
			Level: Fault, Cause: OtherArchitecture, Text: "This is a program for " + system + ".",
			Evidence: strconv.QuoteToASCII(string(head[:min(8, len(head))])), Fix: "Build it for this machine.",
		})
		return
	}
	if line, ok := shebang.Parse(head); ok {
		e.checkShebang(line, head)
		return
	}
	e.checkNoShebang(head)
}

// foreign names the system for which a file is a program, by its first bytes.
func foreign(head []byte) string {
	for magic, system := range map[string]string{
		"MZ": "Windows", "\xcf\xfa\xed\xfe": "macOS", "\xce\xfa\xed\xfe": "macOS", "\xca\xfe\xba\xbe": "macOS (or Java)",
	} {
		if bytes.HasPrefix(head, []byte(magic)) {
			return system
		}
	}
	return ""
}

// late is a "#!" that is not at the beginning.
var late = regexp.MustCompile(`(?m)^[ \t]*#!`)

// checkNoShebang says why a text cannot be executed.
func (e *examination) checkNoShebang(head []byte) {
	first := firstLine(head)
	name := quote(e.file)
	f := Finding{Level: Fault, Evidence: first}
	switch {
	case bytes.HasPrefix(head, []byte("\xff\xfe")), bytes.HasPrefix(head, []byte("#\x00!\x00")):
		f.Cause, f.Text = UTF16, "The file is UTF-16: the kernel finds no \"#!\", and no interpreter could read it."
		f.Fix, f.Command = "Save it as UTF-8 without a byte order mark:", recode("UTF-16LE", name, bytes.HasPrefix(head, []byte("\xff\xfe")))
	case bytes.HasPrefix(head, []byte("\xfe\xff")), bytes.HasPrefix(head, []byte("\x00#\x00!")):
		f.Cause, f.Text = UTF16, "The file is UTF-16: the kernel finds no \"#!\", and no interpreter could read it."
		f.Fix, f.Command = "Save it as UTF-8 without a byte order mark:", recode("UTF-16BE", name, bytes.HasPrefix(head, []byte("\xfe\xff")))
	case bytes.HasPrefix(head, []byte("\xef\xbb\xbf")):
		f.Cause, f.Text = ByteOrderMark, "The file begins with a byte order mark (EF BB BF), so that \"#!\" is not at its beginning. Editors do not show it."
		f.Fix, f.Command = "Save it as UTF-8 without the mark:", `sed -i '1s/^\xEF\xBB\xBF//' `+name
	case late.Match(head[:min(len(head), 1<<10)]):
		at := late.FindIndex(head)
		line := 1 + bytes.Count(head[:at[0]], []byte("\n"))
		f.Cause, f.Text = TextBeforeShebang, fmt.Sprintf("There is something before \"#!\", which stands in line %d: it has to be the file's very first two bytes.", line)
		f.Fix = "Take away what is before it."
		if blank := len(bytes.TrimSpace(head[:at[1]])) == len("#!"); blank {
			f.Command = fmt.Sprintf("sed -i -e '%d s/^[ \\t]*//'", line)
			if line > 1 {
				f.Command += fmt.Sprintf(" -e '1,%d d'", line-1)
			}
			f.Command += " " + name
		}
	default:
		f.Cause, f.Text = NoShebang, "The file is no binary program, and its first line does not say what runs it (\"#!\")."
		f.Fix = "Put that line in front, for example:"
		f.Command = "sed -i '1i #!" + e.guess() + "' " + name
	}
	e.find(f)
	if f.Cause == ByteOrderMark || f.Cause == TextBeforeShebang {
		if at := late.FindIndex(head[len(marker(head)):]); at != nil {
			rest := head[len(marker(head))+at[1]-len("#!"):]
			line, _ := shebang.Parse(rest) // what else is wrong shows when that is mended
			e.checkShebang(line, rest)
		}
	}
}

// marker is the byte order mark that a file begins with, if it does.
func marker(head []byte) []byte {
	if bytes.HasPrefix(head, []byte("\xef\xbb\xbf")) {
		return head[:3]
	}
	return nil
}

// recode is the command that makes a file UTF-8. The file stays the same one, and with it its owner
// and mode. marked: its two first bytes, a byte order mark, are left out.
func recode(from, name string, marked bool) string {
	command := "iconv -f " + from + " -t UTF-8"
	if marked {
		command = "tail -c +3 " + name + " | " + command
	} else {
		command += " " + name
	}
	return command + " > " + name + ".new && cat " + name + ".new > " + name
}

// guess is what probably runs the file.
func (e *examination) guess() string {
	name := map[string]string{".py": "python3", ".pl": "perl", ".cgi": "sh", ".sh": "sh", ".rb": "ruby", ".php": "php"}[filepath.Ext(e.file)]
	if name == "" {
		name = "sh"
	}
	if path := e.lookPath(name); path != "" {
		return path
	}
	return "/usr/bin/" + name
}

func firstLine(head []byte) string {
	line, _, _ := bytes.Cut(head, []byte("\n"))
	s := strconv.QuoteToASCII(string(line[:min(len(line), 100)]))
	return "line 1: " + s[1:len(s)-1]
}

func (e *examination) checkShebang(line shebang.Line, head []byte) {
	name := quote(e.file)
	seen := firstLine(head)
	_, isEnv := line.Env()
	switch {
	case strings.Contains(line.Raw, "\r"):
		e.carriageReturn(line, head, isEnv)
		// What else is wrong shows when that is mended.
		head = bytes.ReplaceAll(bytes.ReplaceAll(head, []byte("\r\n"), []byte("\n")), []byte("\r"), []byte("\n"))
		if line, ok := shebang.Parse(head); ok && len(head) < headSize {
			e.checkShebang(line, head)
		}
		return
	case line.Cut && (line.Broken || strings.TrimRight(line.Raw[shebang.Max:], " \t") != ""):
		f := Finding{
			Level: Fault, Cause: LineTooLong, Evidence: fmt.Sprintf("%d bytes: %s…", len(line.Raw), seen),
			Text: fmt.Sprintf("The first line is longer than the %d bytes that the kernel reads of it (127 before Linux 5.1).", shebang.Max),
			Fix:  "Make it shorter, such as by a link to the interpreter in a folder with a short name.",
		}
		if !line.Broken && line.Base() == "perl" { // which reads the line itself
			f.Level = Warning
		}
		e.find(f)
		if f.Level == Fault {
			return
		}
	case line.Interpreter == "":
		e.find(Finding{
			Level: Fault, Cause: NoInterpreter, Text: "The first line names no interpreter after \"#!\".", Evidence: seen,
			Fix: "Name it:", Command: "sed -i '1s|.*|#!" + e.guess() + "|' " + name,
		})
		return
	case !strings.HasPrefix(line.Interpreter, "/"):
		path := e.lookPath(line.Base())
		if path == "" {
			path = "/usr/bin/" + line.Base()
		}
		f := Finding{
			Level: Fault, Cause: RelativeInterpreter, Evidence: seen,
			Text: "The interpreter " + line.Interpreter + " has no full path. The kernel does not search PATH, but the folder in which the server runs the program.",
			Fix:  "Name its full path.",
		}
		if isPlain(line.Interpreter) {
			f.Fix, f.Command = "Name its full path:", "sed -i '1s|^#![ \\t]*"+line.Interpreter+"|#!"+path+"|' "+name
		}
		e.find(f)
		return
	}
	e.checkInterpreter(line.Interpreter, 0)
	if isEnv {
		e.checkEnv(line, seen)
	} else {
		e.checkArgument(line, seen)
	}
	if strings.HasSuffix(line.Base(), "sh") && bytes.Contains(head, []byte("\r\n")) {
		e.find(Finding{
			Level: Warning, Cause: CRLFInBody, Evidence: "line " + strconv.Itoa(1+bytes.Count(head[:bytes.Index(head, []byte("\r\n"))], []byte("\n"))) + " ends with CR LF",
			Text: "Lines of the script end with CR LF. For a shell the CR belongs to the last word of the line.",
			Fix:  "Turn them into LF:", Command: `sed -i 's/\r$//' ` + name,
		})
	}
}

// carriageReturn is about a first line that ends as Windows' do, or all lines as old Macs' did.
func (e *examination) carriageReturn(line shebang.Line, head []byte, isEnv bool) {
	env, _ := line.Env()
	program, _, _ := strings.Cut(line.Interpreter, "\r")
	f := Finding{
		Level: Fault, Cause: CRLF, Evidence: firstLine(head),
		Text: "The lines end with CR LF, as on Windows. For the kernel the CR belongs to the interpreter's name, and there is no \"" + program + "\\r\".",
		Fix:  "Turn them into LF:", Command: `sed -i 's/\r$//' ` + quote(e.file),
	}
	switch program, _, _ := strings.Cut(env.Program, "\r"); {
	case isEnv && program != "":
		f.Cause = CRLFWithEnv
		f.Text = "The lines end with CR LF, as on Windows. For env the CR belongs to the name of the program that it looks for, and there is no \"" + program + "\\r\"."
	case !strings.HasSuffix(line.Interpreter, "\r") && line.Base() == "perl": // which drops it
		f.Level, f.Text = Warning, "The lines end with CR LF, as on Windows, and the CR is part of the interpreter's argument."
	case !strings.Contains(line.Interpreter, "\r"):
		f.Text = "The lines end with CR LF, as on Windows, and the CR is part of the interpreter's argument \"" + strings.TrimSuffix(line.Argument, "\r") + "\\r\"."
	}
	if !bytes.Contains(head, []byte("\n")) {
		f.Text = "The lines end with CR alone, so that the whole file is one line for the kernel."
		f.Command = `sed -i 's/\r/\n/g' ` + quote(e.file)
	}
	e.find(f)
}

// checkArgument examines what the kernel makes of several arguments: one.
func (e *examination) checkArgument(line shebang.Line, seen string) {
	base := strings.TrimRight(line.Base(), "0123456789.")
	switch base {
	case "sh", "bash", "dash", "ksh", "zsh", "python", "pypy":
	default:
		return
	}
	if !strings.HasPrefix(line.Argument, "-") || !strings.ContainsAny(line.Argument, " \t") {
		return
	}
	e.find(Finding{
		Level: Fault, Cause: OneArgument, Evidence: seen,
		Text:    "The kernel hands all that follows the interpreter over as one argument, blanks and all: \"" + line.Argument + "\".",
		Fix:     "Write the options as one word, if there are several letters, or have env split them:",
		Command: "sed -i '1s|^#![ \\t]*|#!/usr/bin/env -S |' " + quote(e.file),
	})
}

// checkEnv examines the program that env is to find.
func (e *examination) checkEnv(line shebang.Line, seen string) {
	env, _ := line.Env()
	if env.NeedsSplit {
		e.find(Finding{
			Level: Fault, Cause: EnvNeedsSplit, Evidence: seen,
			Text:    "The kernel hands env one argument, so that env looks for a program called \"" + line.Argument + "\".",
			Fix:     "Have env split it (-S: coreutils 8.30 and later, FreeBSD, macOS):",
			Command: "sed -i '1s|env |env -S |' " + quote(e.file),
		})
	}
	switch {
	case env.Program == "":
		if !env.NeedsSplit {
			e.find(Finding{
				Level: Fault, Cause: NoInterpreter, Text: "The first line names no program for env.", Evidence: seen,
				Fix: "Name it:", Command: "sed -i '1s|.*|#!" + e.guess() + "|' " + quote(e.file),
			})
		}
		return
	case strings.Contains(env.Program, "/"):
		if filepath.IsAbs(env.Program) {
			e.checkInterpreter(env.Program, 0)
		}
		return
	}
	path := e.searchPath
	if env.Path != "" {
		path = env.Path
	}
	if found := e.lookIn(env.Program, path); found != "" {
		e.checkInterpreter(found, 0)
		return
	}
	e.notInPath(env.Program, path, seen)
}

func (e *examination) notInPath(program, path, seen string) {
	f := Finding{
		Level: Fault, Cause: NotInPath, Evidence: seen + "\nPATH=" + path,
		Text: "There is no program " + program + " in the server's PATH that " + e.user.Name + " may execute.",
		Fix:  "Install it, or name the full path of one that is there.",
	}
	if mine := ownPath(program); mine != "" {
		f.Evidence += "\nin yours: " + mine
	}
	if other := e.similar(program); other != "" {
		f.Fix, f.Command = "Use the one that is there:", "sed -i '1s|.*|#!"+other+"|' "+quote(e.file)
	}
	e.find(f)
}
