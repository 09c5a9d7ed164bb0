package cgi_test

import (
	"bufio"
	"os"
	"os/exec"
	"runtime"
	"strconv"
	"strings"
	"sync"
	"testing"

	"github.com/surcoat/surcoat/gateway/cgi"
)

// The end of a thread of Go's is not taken for that of this process, which ends programs.
func TestThreadsEnd(t *testing.T) {
	at := site(t, &cgi.Handler{Path: script(t, `printf '\none'; sleep 0.3; printf ' two'`)})
	end := make(chan struct{})
	var churn sync.WaitGroup
	for range 4 {
		churn.Go(func() {
			for {
				select {
				case <-end:
					return
				default:
				}
				done := make(chan struct{})
				go func() {
					runtime.LockOSThread() // and never unlocked: the thread ends with the goroutine
					close(done)
				}()
				<-done
			}
		})
	}
	var wg sync.WaitGroup
	for range 20 {
		wg.Go(func() {
			if got := ask(t, "GET", at, nil); got != "200 one two" {
				t.Error(got)
			}
		})
	}
	wg.Wait()
	close(end)
	churn.Wait()
}

// A server that is killed takes its programs with it.
func TestKillServer(t *testing.T) {
	file := script(t, `printf '\n%s\n' $$; exec sleep 1002`)
	server := exec.Command(os.Args[0])
	server.Env = append(os.Environ(), "CGI_TEST_SERVE="+file, "GORACE=atexit_sleep_ms=0")
	out, err := server.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := server.Start(); err != nil {
		t.Fatal(err)
	}
	line, err := bufio.NewReader(out).ReadString('\n')
	id, _ := strconv.Atoi(strings.TrimSpace(line))
	if err != nil || id == 0 || !alive(id) {
		t.Errorf("%q %v", line, err)
	}
	_ = server.Process.Kill()
	_ = server.Wait()
	eventually(t, "the program has ended", func() bool { return !alive(id) })
}
