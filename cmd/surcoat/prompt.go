package main

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"strings"

	"golang.org/x/term"
)

// maxInput bounds the line that is read, generously.
const maxInput = 64 << 10

// password asks for a password on the terminal without showing it or, where stdin is set,
// reads a line.
func (c *call) password(stdin bool, question string) (string, error) {
	if stdin {
		return c.line()
	}
	fd := int(c.in.Fd())
	if !term.IsTerminal(fd) {
		return "", usageError("standard input is not a terminal; with --stdin the password is read from it")
	}
	// Without this an interrupt would leave a terminal that shows nothing.
	state, err := term.GetState(fd)
	if err != nil {
		return "", err
	}
	interrupt := make(chan os.Signal, 1)
	signal.Notify(interrupt, os.Interrupt)
	defer signal.Stop(interrupt)
	done := make(chan struct{})
	defer close(done)
	go func() {
		select {
		case <-interrupt:
			_ = term.Restore(fd, state)
			fmt.Fprintln(c.err)
			os.Exit(1)
		case <-done:
		}
	}()

	fmt.Fprintf(c.err, "%s: ", question)
	b, err := term.ReadPassword(fd)
	fmt.Fprintln(c.err)
	if errors.Is(err, io.EOF) {
		return "", errors.New("no password was given; nothing was changed")
	}
	return string(b), err
}

// line returns the first line of standard input, without its end.
func (c *call) line() (string, error) {
	r := bufio.NewReader(io.LimitReader(c.in, maxInput))
	line, err := r.ReadString('\n')
	switch {
	case errors.Is(err, io.EOF) && line == "":
		return "", errors.New("standard input is empty")
	case errors.Is(err, io.EOF) && len(line) == maxInput:
		return "", errors.New("the first line of standard input is too long")
	case err != nil && !errors.Is(err, io.EOF):
		return "", fmt.Errorf("reading standard input: %w", err)
	}
	line = strings.TrimSuffix(strings.TrimSuffix(line, "\n"), "\r")
	if strings.ContainsRune(line, 0) {
		return "", errors.New("the first line of standard input has a NUL, which no login form sends")
	}
	return line, nil
}
