package main_test

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

// terminal is a pseudo-terminal: what a user types and sees, and what the program has.
type terminal struct {
	t            *testing.T
	user, device *os.File
	shown        strings.Builder
}

func newTerminal(t *testing.T) *terminal {
	t.Helper()
	user, err := os.OpenFile("/dev/ptmx", os.O_RDWR|unix.O_NONBLOCK, 0) // for deadlines
	if err != nil {
		t.Skip(err)
	}
	t.Cleanup(func() { _ = user.Close() })
	raw, err := user.SyscallConn() // Fd would make it blocking
	if err != nil {
		t.Fatal(err)
	}
	number := -1
	err = raw.Control(func(fd uintptr) {
		if unix.IoctlSetPointerInt(int(fd), unix.TIOCSPTLCK, 0) == nil {
			number, _ = unix.IoctlGetInt(int(fd), unix.TIOCGPTN)
		}
	})
	if err != nil || number < 0 {
		t.Skip("no pseudo-terminal here")
	}
	device, err := os.OpenFile(fmt.Sprint("/dev/pts/", number), os.O_RDWR|syscall.O_NOCTTY, 0)
	if err != nil {
		t.Skip(err)
	}
	t.Cleanup(func() { _ = device.Close() })
	return &terminal{t: t, user: user, device: device}
}

// see reads until text is shown.
func (p *terminal) see(text string) {
	p.t.Helper()
	_ = p.user.SetReadDeadline(time.Now().Add(20 * time.Second))
	buf := make([]byte, 1024)
	for !strings.Contains(p.shown.String(), text) {
		n, err := p.user.Read(buf)
		if err != nil {
			p.t.Fatalf("%v before %q, after %q", err, text, p.shown.String())
		}
		p.shown.Write(buf[:n])
	}
}

// secretly types text once the terminal does not show it.
func (p *terminal) secretly(text string) {
	p.t.Helper()
	for end := time.Now().Add(20 * time.Second); p.echoes(); time.Sleep(time.Millisecond) {
		if time.Now().After(end) {
			p.t.Fatal("the terminal shows what is typed")
		}
	}
	if _, err := p.user.WriteString(text); err != nil {
		p.t.Fatal(err)
	}
}

// echoes reports whether the terminal shows what is typed.
func (p *terminal) echoes() bool {
	p.t.Helper()
	settings, err := unix.IoctlGetTermios(int(p.device.Fd()), unix.TCGETS)
	if err != nil {
		p.t.Fatal(err)
	}
	return settings.Lflag&unix.ECHO != 0
}

func (p *terminal) start(args ...string) *exec.Cmd {
	p.t.Helper()
	ctx, cancel := context.WithTimeout(p.t.Context(), 30*time.Second)
	p.t.Cleanup(cancel)
	c := exec.CommandContext(ctx, surcoat, args...)
	c.Stdin, c.Stdout, c.Stderr = p.device, p.device, p.device
	c.SysProcAttr = &syscall.SysProcAttr{Setsid: true, Setctty: true}
	if err := c.Start(); err != nil {
		p.t.Fatal(err)
	}
	return c
}

func TestPasswdAsksTwiceWithoutEcho(t *testing.T) {
	for _, tt := range []struct {
		name, first, second, shown string
		status                     int
	}{
		{"the same", secret, secret, "the password of ada was set", 0},
		{"not the same", secret, secret + "x", "these are not the same; nothing was changed", 1},
	} {
		t.Run(tt.name, func(t *testing.T) {
			p := newTerminal(t)
			path := filepath.Join(t.TempDir(), "users")
			c := p.start("passwd", "--cost=10", path, "ada")
			p.see("New password of ada: ")
			p.secretly(tt.first + "\n")
			p.see("Again: ")
			p.secretly(tt.second + "\n")
			p.see(tt.shown)
			_ = c.Wait()
			if got := c.ProcessState.ExitCode(); got != tt.status {
				t.Errorf("status %d, want %d", got, tt.status)
			}
			if strings.Contains(p.shown.String(), "horse") {
				t.Errorf("the password was shown: %q", p.shown.String())
			}
			if _, err := os.Stat(path); (err == nil) != (tt.status == 0) {
				t.Errorf("the file: %v", err)
			}
			if !p.echoes() {
				t.Error("the terminal shows nothing any more")
			}
		})
	}
}

func TestPasswdInterrupted(t *testing.T) {
	p := newTerminal(t)
	path := filepath.Join(t.TempDir(), "users")
	c := p.start("passwd", path, "ada")
	p.see("New password of ada: ")
	p.secretly("\x03") // Control-C
	_ = c.Wait()
	if got := c.ProcessState.ExitCode(); got != 1 {
		t.Errorf("status %d, want 1", got)
	}
	if !p.echoes() {
		t.Error("the terminal shows nothing any more")
	}
	if _, err := os.Stat(path); err == nil {
		t.Error("the file was made")
	}
}
