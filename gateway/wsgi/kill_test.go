package wsgi_test

import (
	"log/slog"
	"math/rand/v2"
	"net/http"
	"os"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/surcoat/surcoat/gateway/wsgi"
)

// TestKill kills workers under load: each kill costs at most the request that the worker has.
// With SOAK set it does so for a minute.
func TestKill(t *testing.T) {
	lasts, clients := 2*time.Second, 4
	if os.Getenv("SOAK") != "" {
		lasts = time.Minute
	}
	s := serve(t, &wsgi.App{Module: "process", Processes: 4, MaxRequests: 50, Preload: true})
	slog.SetDefault(slog.New(slog.DiscardHandler))
	var answered, failed atomic.Int64
	var wg sync.WaitGroup
	end := time.Now().Add(lasts)
	for range clients {
		wg.Go(func() {
			for time.Now().Before(end) {
				switch a := s.do(t, "POST", "/", strings.NewReader("a body")); {
				case a.status == http.StatusOK && a.body == "hello":
					answered.Add(1)
				case a.status == http.StatusBadGateway:
					failed.Add(1)
				default:
					t.Errorf("%d %q %v", a.status, a.body, a.err)
				}
			}
		})
	}
	kills := int64(0)
	for time.Now().Before(end) {
		pids := children(t, os.Getpid())
		if len(pids) > 1 {
			if p, err := os.FindProcess(pids[1+rand.IntN(len(pids)-1)]); err == nil && p.Kill() == nil {
				kills++
			}
		}
		time.Sleep(50 * time.Millisecond) // not faster than workers are replaced
	}
	wg.Wait()
	t.Logf("%d kills, %d answers, %d of them failed", kills, answered.Load(), failed.Load())
	if failed.Load() > kills || answered.Load() < 10 {
		t.Errorf("%d requests failed at %d kills, %d were answered", failed.Load(), kills, answered.Load())
	}
	eventually(t, "all workers are there again", func() bool { return s.workers(t) == 4 })
	if a := s.get(t, "/"); a.body != "hello" {
		t.Errorf("%d %q", a.status, a.body)
	}
}
