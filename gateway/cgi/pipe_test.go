//go:build unix

package cgi_test

import (
	"io"
	"os"
	"testing"
	"time"

	"github.com/surcoat/surcoat/gateway/cgi"
)

// What a program has written is read to its end; its children are not listened to for ever after
// that, even if they are never silent.
func TestPipeChatter(t *testing.T) {
	r, w, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	if _, err := io.WriteString(w, "hello"); err != nil {
		t.Fatal(err)
	}
	for range 2 {
		go func() { // without a sleep, which a busy machine may make a silence
			for next := time.Now(); ; {
				if now := time.Now(); now.After(next) {
					next = now.Add(200 * time.Microsecond)
					if _, err := io.WriteString(w, "."); err != nil {
						return
					}
				}
			}
		}()
	}
	read := make(chan string)
	go func() {
		b, _ := io.ReadAll(cgi.PipeOfEnded(r))
		read <- string(b)
	}()
	select {
	case got := <-read:
		if len(got) < len("hello") || got[:len("hello")] != "hello" {
			t.Errorf("%q", got)
		}
	case <-time.After(5 * time.Second):
		t.Error("it does not end")
	}
	_ = r.Close()
	_ = w.Close()
}
