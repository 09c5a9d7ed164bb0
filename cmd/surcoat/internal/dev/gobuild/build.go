package gobuild

import (
	"bytes"
	"context"
	"fmt"
	"path/filepath"
	"runtime"
)

// Failure is a build that failed.
type Failure struct {
	Command string // that was run, for people
	Output  string // what it said
}

// Error is for the log; Output says more.
func (f *Failure) Error() string { return "the build failed:\n" + f.Output }

// Build builds target into dir and returns the program's path. Overlay is the file of
// that flag of go build; "": none. What the sources are to blame for is a *[Failure].
func (t *Toolchain) Build(ctx context.Context, o Options, target *Target, dir, overlay string) (string, error) {
	exe := filepath.Join(dir, target.Name)
	if runtime.GOOS == "windows" {
		exe += ".exe"
	}
	flags := append(o.Flags(t.Flags), debugging(t.Flags, target.patterns())...)
	args := append([]string{"build"}, flags...)
	if overlay != "" {
		args = append(args, "-overlay="+overlay)
	}
	args = append(append(args, "-o", exe, "--"), target.arguments...)
	var said bytes.Buffer
	cmd := t.command(ctx, args...)
	cmd.Stdout, cmd.Stderr = &said, &said
	err := cmd.Run()
	switch {
	case ctx.Err() != nil:
		return "", ctx.Err()
	case err == nil:
		return exe, nil
	case said.Len() == 0:
		return "", fmt.Errorf("go build: %w", err)
	}
	return "", &Failure{Command: shown(flags, target.arguments), Output: said.String()}
}

// shown is the command without what is of no use to people.
func shown(flags, args []string) string {
	b := []byte("go build")
	for _, f := range append(append([]string{}, flags...), args...) {
		if bytes.ContainsAny([]byte(f), " '\"$\\") {
			f = "'" + f + "'"
		}
		b = append(append(b, ' '), f...)
	}
	return string(b)
}
