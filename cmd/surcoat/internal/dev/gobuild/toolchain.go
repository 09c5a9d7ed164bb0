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
	"os/exec"
	"strings"
)

// Toolchain is the go command. Its methods run it in the folder that is current.
type Toolchain struct {
	GOROOT string // where the standard library is
	GOWORK string // the workspace's file; "" or "off": none
	GOMOD  string // the main module's file; "" or the null device: none
	Flags  Flags  // GOFLAGS
}

// Find asks the go command for its settings.
func Find(ctx context.Context) (*Toolchain, error) {
	if _, err := exec.LookPath("go"); err != nil {
		return nil, errors.New("there is no go command in PATH; https://go.dev/dl has it")
	}
	out, err := output(ctx, "env", "-json", "GOROOT", "GOWORK", "GOMOD", "GOFLAGS")
	if err != nil {
		return nil, err
	}
	var env struct{ GOROOT, GOWORK, GOMOD, GOFLAGS string }
	if err := json.Unmarshal(out, &env); err != nil {
		return nil, fmt.Errorf("go env: %w", err)
	}
	flags, err := ParseFlags(env.GOFLAGS)
	if err != nil {
		return nil, err
	}
	return &Toolchain{GOROOT: env.GOROOT, GOWORK: env.GOWORK, GOMOD: env.GOMOD, Flags: flags}, nil
}

// output runs the go command. Its error has what the command said.
func output(ctx context.Context, args ...string) ([]byte, error) {
	var out, said bytes.Buffer
	cmd := command(ctx, args...)
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
func command(ctx context.Context, args ...string) *exec.Cmd {
	cmd := exec.CommandContext(ctx, "go", args...)
	isolate(cmd)
	return cmd
}
