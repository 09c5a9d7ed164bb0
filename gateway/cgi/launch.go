package cgi

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"syscall"
	"time"
)

// startProcess starts a program with files as its standard input, output and error.
func startProcess(c command, files []*os.File) (*os.Process, error) {
	return os.StartProcess(c.file, c.argv, &os.ProcAttr{Dir: c.dir, Env: c.environ, Files: files, Sys: attributes()})
}

// launchWritten is launch for a file that may be being written, or was when another process was
// forked, which has it open for a moment (golang.org/issue/22315).
func launchWritten(c command, files []*os.File) (*os.Process, error) {
	for wait := time.Millisecond; ; wait *= 2 {
		p, err := launch(c, files)
		if !errors.Is(err, busy) || wait > 100*time.Millisecond {
			return p, err
		}
		time.Sleep(wait)
	}
}

// startError says why a program cannot be started; the system's own words mislead.
func startError(file string, err error) error {
	var errno syscall.Errno
	_, missing := os.Stat(file)
	switch {
	case errors.Is(err, fs.ErrNotExist) && missing == nil:
		return fmt.Errorf("%s cannot be started: the interpreter that its first line names is not there (or that line ends with CR): %w", file, err)
	case errors.Is(err, fs.ErrPermission):
		return fmt.Errorf("%s cannot be started: it, or the interpreter that its first line names, is not executable for this user: %w", file, err)
	case errors.As(err, &errno) && errno == noFormat:
		return fmt.Errorf("%s cannot be started: it is neither a program of this machine nor begins with #!: %w", file, err)
	}
	return fmt.Errorf("%s cannot be started: %w", file, err)
}
