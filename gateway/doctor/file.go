package doctor

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"

	"github.com/surcoat/surcoat/gateway/doctor/internal/account"
)

// checkFile examines the file and the way to it, and reports whether there is a file.
func (e *examination) checkFile() bool {
	folders, err := wayTo(e.file)
	if open := e.checkFolders(e.file, folders); !open && err != nil {
		return false
	}
	if err != nil {
		e.missing(err)
		return false
	}
	f, err := account.Stat(e.file)
	if err != nil {
		e.missing(err)
		return false
	}
	if !f.Mode.IsRegular() {
		e.find(Finding{
			Level: Fault, Cause: NotAFile, Text: "This is no file, but a " + kind(f.Mode) + ".",
			Evidence: f.String(), Fix: "Name the program itself.",
		})
		return false
	}
	e.checkSetuid(f)
	if e.interpreter() == "" {
		e.checkRunnable(e.file, f)
	}
	e.checkContent(f)
	return true
}

func kind(m fs.FileMode) string {
	switch {
	case m.IsDir():
		return "folder"
	case m&fs.ModeSocket != 0:
		return "socket"
	case m&fs.ModeNamedPipe != 0:
		return "pipe"
	}
	return "device"
}

func (e *examination) missing(err error) {
	var at *fs.PathError
	text := "The file does not exist."
	if errors.As(err, &at) && at.Path != e.file {
		text = "The file does not exist, as there is no " + at.Path + "."
	}
	switch {
	case errors.Is(err, fs.ErrNotExist), errors.Is(err, syscall.ENOTDIR):
	case errors.Is(err, fs.ErrPermission):
		e.unchecked("%v: run this as root", err)
		return
	default:
		text = "The file cannot be reached."
	}
	e.find(Finding{
		Level: Fault, Cause: FileMissing, Text: text, Evidence: err.Error(),
		Fix: "Put the program there, or mend the path in the server's configuration. A link may lead nowhere, and letters be of the other case.",
	})
}

// checkFolders finds the first of the folders on the way to path that the user may not enter.
func (e *examination) checkFolders(path string, folders []string) (open bool) {
	for _, dir := range folders {
		f, err := account.Stat(dir)
		if err != nil {
			return true // what is missing is told by others
		}
		if !f.Mode.IsDir() || e.may(dir, f, account.Execute) {
			continue
		}
		fix, command := "Let "+e.user.Name+" enter it: x for all, or for this user alone (setfacl -m u:"+e.user.Name+":x).", "chmod a+x "+quote(dir)
		if dir == "/root" || e.home(dir) {
			fix = "Better move the program to where the server may go, such as /srv or /usr/lib/cgi-bin, than open a home. Else let " + e.user.Name + " enter it:"
			command = "setfacl -m u:" + e.user.Name + ":x " + quote(dir)
		}
		e.find(Finding{
			Level: Fault, Cause: FolderClosed, File: dir,
			Text:     fmt.Sprintf("The server's user %s may not enter the folder %s, which is on the way to %s.", e.user.Name, dir, path),
			Evidence: f.String() + " " + dir, Fix: fix, Command: command,
		})
		return false
	}
	return true
}

func (e *examination) home(dir string) bool {
	return filepath.Dir(dir) == "/home"
}

// may asks the kernel where that is possible, and else the modes.
func (e *examination) may(path string, f account.File, want account.Access) bool {
	if may, err := e.user.Ask(path, want); err == nil {
		return may
	}
	return e.user.May(f, want)
}

// checkRunnable examines whether the user may execute a file, and reports whether.
func (e *examination) checkRunnable(path string, f account.File) bool {
	cause, what := NotExecutable, "The file is"
	if path != e.file {
		cause, what = InterpreterNotRunnable, "The interpreter "+path+" is"
	}
	if mount, is := noexec(path); is {
		fix := "Move the program to another file system, or mount this one without noexec (and change /etc/fstab)."
		e.find(Finding{
			Level: Fault, Cause: MountedNoexec, File: path, Evidence: mount.evidence,
			Text: what + " on a file system from which nothing may be executed: it is mounted noexec, at " + mount.point + ".",
			Fix:  fix, Command: "mount -o remount,exec " + quote(mount.point),
		})
		return false
	}
	if f.Mode&0o111 == 0 || !e.user.May(f, account.Execute) && !e.may(path, f, account.Execute) {
		command := "chmod 755 " + quote(path)
		fix := "Make it executable:"
		if f.Mode&0o111 != 0 {
			fix = fmt.Sprintf("Let %s execute it, as it is neither the owner nor one of those who may:", e.user.Name)
			command = "chmod a+rx " + quote(path)
		}
		e.find(Finding{
			Level: Fault, Cause: cause, File: path,
			Text:     what + " not executable for the server's user " + e.user.Name + ".",
			Evidence: f.String() + " " + path, Fix: fix, Command: command,
		})
		return false
	}
	if !e.closed() && !e.may(path, f, account.Execute) {
		e.denied(path, f, "execute")
		return false
	}
	return true
}

// closed reports whether a folder that may not be entered was found: what the kernel says of what
// is in it is then about the folder.
func (e *examination) closed() bool { return e.found(FolderClosed) }

func (e *examination) found(cause Cause) bool {
	return slices.ContainsFunc(e.report.Findings, func(f Finding) bool { return f.Cause == cause })
}

func (e *examination) denied(path string, f account.File, what string) {
	e.find(Finding{
		Level: Fault, Cause: AccessDenied, File: path,
		Text:     fmt.Sprintf("The kernel does not let %s %s %s, though its mode does.", e.user.Name, what, path),
		Evidence: f.String() + " " + path,
		Fix:      "Look for a security module (SELinux, AppArmor), a network file system that knows root as nobody, or a container that has no such user.",
		Command:  "dmesg | grep -i denied",
	})
}

func (e *examination) checkReadable(f account.File) {
	switch {
	case e.found(NotExecutable): // whose fix lets it be read too
	case !e.user.May(f, account.Read) && (e.closed() || !e.may(e.file, f, account.Read)):
		e.find(Finding{
			Level: Fault, Cause: NotReadable,
			Text:     "The server's user " + e.user.Name + " may not read the script. To execute it is not enough, since it is the interpreter that reads it.",
			Evidence: f.String(), Fix: "Let " + e.user.Name + " read it:", Command: "chmod a+r " + quote(e.file),
		})
	case !e.closed() && !e.may(e.file, f, account.Read):
		e.denied(e.file, f, "read")
	}
}

func (e *examination) checkSetuid(f account.File) {
	if f.Mode&(fs.ModeSetuid|fs.ModeSetgid) == 0 {
		return
	}
	head, _ := e.read(e.file)
	if strings.HasPrefix(string(head), "#!") {
		e.find(Finding{
			Level: Warning, Cause: SetuidIgnored, Evidence: f.String(),
			Text: "The script is setuid or setgid, which kernels ignore for scripts: it runs as the server's user.",
			Fix:  "Take the bit away. For the rights of another user use Apache's suexec, or FastCGI with a process of that user.",
			// Both: which one it is does not matter.
			Command: "chmod u-s,g-s " + quote(e.file),
		})
	}
}

// headSize is how much of a file is looked at: more than any line that matters.
const headSize = 64 << 10

// read returns the beginning of a file, read as whoever may.
func (e *examination) read(path string) (head []byte, err error) {
	f, err := os.Open(path)
	if err != nil {
		var again error
		if again = e.user.Do(func() { f, err = os.Open(path) }); again != nil || err != nil {
			return nil, err
		}
	}
	defer f.Close()
	return io.ReadAll(io.LimitReader(f, headSize))
}
