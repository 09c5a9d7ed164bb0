package fcgi_test

import (
	"errors"
	"fmt"
	"hash/crc32"
	"io"
	"math/rand/v2"
	"net"
	"net/http"
	"os"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/surcoat/surcoat/gateway/fcgi"
)

// lasting is how long a test goes on: longer with SOAK=1.
func lasting() time.Duration {
	if os.Getenv("SOAK") == "1" {
		return 30 * time.Second
	}
	return 300 * time.Millisecond
}

// Servers in front that multiplex, with bodies read and not, aborts and slow handlers: each answer
// is the one to its request.
func TestMixSoak(t *testing.T) {
	t.Parallel()
	body := large(400_000)
	addr := serve(t, &fcgi.Server{SpoolDir: t.TempDir(), Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Query().Has("slow") {
			select {
			case <-time.After(3 * time.Millisecond):
			case <-r.Context().Done():
			}
		}
		if r.URL.Query().Has("panics") {
			panic(http.ErrAbortHandler)
		}
		n, sum := int64(-1), crc32.NewIEEE()
		if !r.URL.Query().Has("unread") {
			n, _ = io.Copy(sum, r.Body)
		}
		fmt.Fprintf(w, "%s %d %d", r.URL, n, sum.Sum32())
		if r.URL.Query().Has("large") {
			_, _ = io.WriteString(w, body)
		}
	})})
	for i := range uint64(4) {
		t.Run(fmt.Sprint(i), func(t *testing.T) {
			t.Parallel()
			rnd := rand.New(rand.NewPCG(i, uint64(time.Now().UnixNano())))
			for end := time.Now().Add(lasting()); time.Now().Before(end); {
				mix(t, addr, rnd, body)
			}
		})
	}
}

// mix sends a few requests over a connection, not one after the other.
func mix(t *testing.T, addr string, rnd *rand.Rand, body string) {
	p := dial(t, addr)
	defer p.Close()
	p.send(record(getValues, 0, pairs([2]string{"FCGI_MPXS_CONNS"})))
	p.mustNext()
	n := 1 + rnd.IntN(30)
	want := make(map[int]string)
	var queues [][]string
	for i := range n {
		id := 1 + i*(1+rnd.IntN(300))
		for want[id] != "" {
			id++
		}
		target := fmt.Sprint("/", id, []string{"?", "?", "?slow", "?unread", "?large", "?panics", "?abort", "?slow&abort", "?slow&unread"}[rnd.IntN(9)])
		sent := body[:rnd.IntN(len(body))>>rnd.IntN(18)]
		read, sum := int64(len(sent)), crc32.ChecksumIEEE([]byte(sent))
		if strings.Contains(target, "unread") {
			read, sum = -1, 0
		}
		want[id] = fmt.Sprintf("%s %d %d", target, read, sum)
		if strings.Contains(target, "large") {
			want[id] += body
		}
		queue := []string{beginning(id, true), stream(params, id, variables(target, sent))}
		for sent != "" {
			part := sent[:min(len(sent), 1+rnd.IntN(60_000))]
			queue = append(queue, padded(stdin, id, part, strings.Repeat("p", rnd.IntN(8))))
			sent = sent[len(part):]
		}
		queue = append(queue, record(stdin, id, ""))
		if strings.Contains(target, "abort") {
			queue = append(queue[:1+rnd.IntN(len(queue))], record(abort, id, ""))
		}
		queues = append(queues, queue)
	}
	var all []string
	for len(queues) > 0 {
		i := rnd.IntN(len(queues))
		all = append(all, queues[i][0])
		if queues[i] = queues[i][1:]; len(queues[i]) == 0 {
			queues = slices.Delete(queues, i, i+1)
		}
	}
	go func() {
		for _, s := range all {
			if _, err := io.WriteString(p, s); err != nil {
				return
			}
		}
	}()
	answers := make(map[int]answer)
	for open := n; open > 0; {
		g, err := p.next()
		if errors.Is(err, os.ErrDeadlineExceeded) {
			t.Errorf("no answers: %d of %d", open, n)
		}
		if err != nil { // one was torn while it was alone
			break
		}
		a := answers[g.id]
		a.out += g.content
		if g.kind == end {
			a.ended = g.content
			open--
		}
		answers[g.id] = a
	}
	for id, a := range answers {
		switch {
		case a.ended == "":
		case a.ended == tornEnd:
			if !strings.Contains(want[id], "abort") && !strings.HasPrefix(a.out, "Status: 502 ") {
				t.Errorf("%.30s: torn: %.60q", want[id], a.out)
			}
		case !strings.HasSuffix(a.out, "\r\n\r\n"+want[id]+wholeEnd) || strings.Contains(want[id], "panics"):
			t.Errorf("%.30s: %d bytes, %.300q", want[id], len(a.out), a.out)
		}
	}
}

// Connections that send nothing, or half of a request, do not keep others out.
func TestSlowFlood(t *testing.T) {
	t.Parallel()
	s := &fcgi.Server{MaxConns: 20, Handler: http.HandlerFunc(echo)}
	addr := serve(t, s)
	stop := make(chan bool)
	var attackers sync.WaitGroup
	for i := range 50 {
		attackers.Go(func() {
			for {
				p, err := net.Dial("unix", addr)
				if err != nil {
					t.Error(err)
					return
				}
				_, _ = io.WriteString(p, []string{"", beginning(1, true), beginning(1, true) + record(params, 1, "\x10")}[i%3])
				go func() {
					<-stop
					_ = p.Close()
				}()
				if _, err := p.Read(make([]byte, 1)); err == nil {
					t.Error("an answer to half a request")
				}
				_ = p.Close()
				select {
				case <-stop:
					return
				default:
				}
			}
		})
	}
	for end := time.Now().Add(lasting()); time.Now().Before(end); {
		p := dial(t, addr)
		p.send(request(1, true, "/", ""))
		p.answer(1)
		_ = p.Close()
	}
	close(stop)
	attackers.Wait()
}
