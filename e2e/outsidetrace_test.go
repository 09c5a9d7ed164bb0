package e2e_test

import (
	"bufio"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/chromedp"
)

var legacyAt = regexp.MustCompile(`at=(http://[\w.]+:\d+)`)

// office starts the applications that were never rewritten, as a developer would build them.
func office(t *testing.T) string {
	t.Helper()
	folder, err := filepath.Abs("../examples/legacy")
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(program(t, examples+"legacy", "-tags=dev"), "--listen", "http://127.0.0.1:0", "--folder", folder, "--data", t.TempDir())
	stderr, err := cmd.StderrPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	started, ended := make(chan string, 1), make(chan struct{})
	go func() {
		defer close(ended)
		for in := bufio.NewScanner(stderr); in.Scan(); {
			if m := legacyAt.FindStringSubmatch(in.Text()); m != nil {
				select {
				case started <- m[1]:
				default:
				}
			}
		}
		_ = cmd.Wait()
	}()
	t.Cleanup(func() {
		_ = cmd.Process.Signal(os.Interrupt)
		select {
		case <-ended:
		case <-time.After(20 * time.Second):
			_ = cmd.Process.Kill()
			<-ended
		}
	})
	select {
	case url := <-started:
		return url
	case <-ended:
		t.Fatal("it has ended")
	case <-time.After(30 * time.Second):
		t.Fatal("it does not start")
	}
	return ""
}

// A program behind the chain that failed has a page of its own traceback: as people see it, and what
// axe finds.
func TestOutsideTraceback(t *testing.T) {
	url := office(t)
	p := newPerson(t)
	complaints := p.console()
	for _, at := range []struct{ path, name, title, place string }{
		{"/cgi/fails.py?by=0", "49-cgi", "ZeroDivisionError: division by zero", "fails.py:9"},
		{"/flask/?fail", "50-wsgi", "ZeroDivisionError: integer division or modulo by zero", "guestbook.py:35"},
	} {
		p.goTo(url + at.path)
		if strings.Contains(p.text("body"), "503") {
			t.Logf("SKIPPED: %s is not there", at.path)
			continue
		}
		p.sees("h1", at.title)
		p.sees("header", "failed", "Python", at.place)
		p.sees("article.app", at.place)
		p.sees("#way", "Go stack")
		if open := get(p, chromedp.Evaluate[bool](`document.querySelector('#way details').open`)); open {
			t.Errorf("%s: the stack of Go is open", at.path)
		}
		p.shoot(at.name)
		p.unfold()
		p.fits(375, at.path+", unfolded")
		p.audit(at.name + ", unfolded")
	}
	if said := complaints(); len(said) > 0 {
		t.Errorf("the browser complains: %q", said)
	}
}
