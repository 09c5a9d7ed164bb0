// Package gobuild builds a program for development with the go command of the user, and
// tells what it was built from.
//
// What is under development, the packages of the main modules and of modules that a
// folder replaces, is built without optimisation and inlining, so that a debugger and
// package cgitrace find all variables. Everything else is built as always. The user's
// GOFLAGS hold, but for what would leave the variables out again.
package gobuild

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
)

// Toolchain is the go command. Its methods run it in the folder that is current.
type Toolchain struct {
	GOROOT     string // where the standard library is
	GOMODCACHE string // where modules are, and a Go that the go command downloaded
	GOWORK     string // the workspace's file; "" or "off": none
	GOMOD      string // the main module's file; "" or the null device: none
	Flags      Flags  // GOFLAGS

	alias string // another name of GOROOT; "": none
}

// Find asks the go command for its settings.
func Find(ctx context.Context) (*Toolchain, error) {
	if _, err := exec.LookPath("go"); err != nil {
		return nil, errors.New("there is no go command in PATH; https://go.dev/dl has it")
	}
	t := new(Toolchain)
	out, err := t.output(ctx, "env", "-json", "GOROOT", "GOMODCACHE", "GOWORK", "GOMOD", "GOFLAGS")
	if err != nil {
		return nil, err
	}
	var env struct{ GOROOT, GOMODCACHE, GOWORK, GOMOD, GOFLAGS string }
	if err := json.Unmarshal(out, &env); err != nil {
		return nil, fmt.Errorf("go env: %w", err)
	}
	t.GOROOT, t.GOMODCACHE, t.GOWORK, t.GOMOD = env.GOROOT, env.GOMODCACHE, env.GOWORK, env.GOMOD
	t.Flags, err = ParseFlags(env.GOFLAGS)
	return t, err
}

// output runs the go command. Its error has what the command said.
func (t *Toolchain) output(ctx context.Context, args ...string) ([]byte, error) {
	var out, said bytes.Buffer
	cmd := t.command(ctx, args...)
	cmd.Stdout, cmd.Stderr = &out, &said
	if err := cmd.Run(); err != nil {
		if text := strings.TrimSpace(said.String()); text != "" {
			return out.Bytes(), errors.New(text)
		}
		return out.Bytes(), fmt.Errorf("go %s: %w", args[0], err)
	}
	return out.Bytes(), nil
}

// command returns the go command, of which nothing goes on running once ctx has ended.
func (t *Toolchain) command(ctx context.Context, args ...string) *exec.Cmd {
	cmd := exec.CommandContext(ctx, "go", args...)
	if t.alias != "" {
		cmd = exec.CommandContext(ctx, filepath.Join(t.alias, "bin", "go"), args...)
		cmd.Env = append(os.Environ(), "GOROOT="+t.alias, "GOTOOLCHAIN=local")
	}
	isolate(cmd)
	return cmd
}
