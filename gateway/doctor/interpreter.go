package doctor

import (
	"errors"
	"fmt"
	"io/fs"
	"os/exec"
	"path/filepath"
	"strings"

	"github.com/surcoat/surcoat/gateway/doctor/internal/account"
	"github.com/surcoat/surcoat/gateway/doctor/internal/shebang"
)

// maxChain is how many scripts may run one another before there is a binary program
// (Linux fs/exec.c: ELOOP).
const maxChain = 5

// checkInterpreter examines what runs the script. depth is how many interpreters are between.
func (e *examination) checkInterpreter(path string, depth int) {
	folders, err := wayTo(path)
	if !e.checkFolders(path, folders) {
		return
	}
	f, statErr := account.Stat(path)
	if err == nil {
		err = statErr
	}
	if err != nil {
		e.interpreterMissing(path, err)
		return
	}
	if !f.Mode.IsRegular() {
		e.find(Finding{
			Level: Fault, Cause: InterpreterNotRunnable, File: path, Evidence: f.String() + " " + path,
			Text: "What the first line names as the interpreter, " + path + ", is a " + kind(f.Mode) + ".", Fix: "Name the program itself.",
		})
		return
	}
	if !e.checkRunnable(path, f) {
		return
	}
	head, err := e.read(path)
	if err != nil || isELF(head) {
		if err == nil { // one that may be executed and not read is fine
			e.checkELF(path)
		}
		return
	}
	line, ok := shebang.Parse(head)
	switch {
	case !ok:
		e.find(Finding{
			Level: Fault, Cause: InterpreterNotRunnable, File: path, Evidence: path + ", " + firstLine(head),
			Text: "The interpreter " + path + " is neither a binary program nor a script.", Fix: "Name another one in the first line.",
		})
	case depth+2 > maxChain:
		e.find(Finding{
			Level: Fault, Cause: InterpreterChain, File: path, Evidence: path + ", " + firstLine(head),
			Text: fmt.Sprintf("The interpreter is a script, whose interpreter is a script, and so on: the kernel gives up after %d.", maxChain),
			Fix:  "Name a binary program in the first line.",
		})
	case strings.Contains(line.Raw, "\r"), !strings.HasPrefix(line.Interpreter, "/"):
		e.find(Finding{
			Level: Fault, Cause: InterpreterNotRunnable, File: path, Evidence: path + ", " + firstLine(head),
			Text: "The interpreter " + path + " is itself a script, whose first line is not good.", Fix: "Mend that line, or name a binary program.",
		})
	default:
		e.checkChained(path, line, depth)
	}
}

// checkChained examines what runs an interpreter that is a script.
func (e *examination) checkChained(path string, line shebang.Line, depth int) {
	e.find(Finding{
		Level: Note, Cause: InterpreterChain, File: path, Evidence: path + ": " + line.Raw,
		Text: "The interpreter " + path + " is itself a script. Linux runs that, other systems may not, and it needs what it needs (a home folder, PATH).",
		Fix:  "Nothing, or name the program that it starts.",
	})
	e.checkInterpreter(line.Interpreter, depth+1)
	if env, ok := line.Env(); ok && env.Program != "" && !strings.Contains(env.Program, "/") {
		if found := e.lookPath(env.Program); found == "" {
			e.notInPath(env.Program, e.searchPath, path+": "+line.Raw)
		} else if found != path {
			e.checkInterpreter(found, depth+1)
		}
	}
}

func (e *examination) interpreterMissing(path string, err error) {
	if errors.Is(err, fs.ErrPermission) {
		e.unchecked("the interpreter: %v", err)
		return
	}
	f := Finding{
		Level: Fault, Cause: InterpreterMissing, File: path, Evidence: err.Error(),
		Text: "The interpreter " + path + " does not exist. The server's log then says of the script itself: no such file.",
		Fix:  "Install it, or name the full path of one that is there.",
	}
	if other := e.similar(filepath.Base(path)); other != "" && isPlain(path) {
		f.Fix, f.Command = "Name the one that is there:", "sed -i '1s|"+path+"|"+other+"|' "+quote(e.file)
	}
	e.find(f)
}

// similar finds a program of that name, or of the same without or with another version.
func (e *examination) similar(name string) string {
	bare := strings.TrimRight(name, "0123456789.-")
	for _, other := range []string{name, bare, bare + "3"} {
		if path := e.lookPath(other); other != "" && path != "" {
			return path
		}
	}
	return ""
}

func (e *examination) lookPath(name string) string { return e.lookIn(name, e.searchPath) }

// lookIn finds a program as execvp does for the server's user.
func (e *examination) lookIn(name, path string) string {
	if name == "" {
		return ""
	}
	for dir := range strings.SplitSeq(path, ":") {
		file := filepath.Join(dir, name)
		if f, err := account.Stat(file); filepath.IsAbs(dir) && err == nil && f.Mode.IsRegular() && f.Mode&0o111 != 0 && e.may(file, f, account.Execute) {
			return file
		}
	}
	return ""
}

// ownPath is where this process's PATH has a program.
func ownPath(name string) string {
	path, err := exec.LookPath(name)
	if err != nil {
		return ""
	}
	return path
}
