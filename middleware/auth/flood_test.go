package auth_test

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"os"
	"runtime"
	"runtime/debug"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/surcoat/surcoat/middleware/auth"
	"github.com/surcoat/surcoat/middleware/auth/password"
	"github.com/surcoat/surcoat/middleware/auth/throttle"
	"github.com/surcoat/surcoat/middleware/forwarded"
)

// spec 19, 20 and its speed: a flood of 100 clients with wrong passwords, against a real server
// with hashes of full size, leaves a neighbouring page quick, the memory bounded and
// the owner's device able to sign in. With SOAK=1 it takes longer, and is compared with what
// happens without gate and throttle.
func TestFlood19_Neighbours(t *testing.T) {
	open := &throttle.Throttle{Free: 1 << 29, Limit: 1 << 30, NetworkFree: 1 << 30}
	for _, tt := range []struct {
		name     string
		hasher   *password.Hasher
		throttle *throttle.Throttle
		attack   attack
		soak     bool
		bounded  bool
	}{
		{"one account from one address", &password.Hasher{}, nil, attack{}, false, true},
		{"all accounts from one address", &password.Hasher{}, nil, attack{names: true}, true, true},
		{"all accounts from everywhere", &password.Hasher{}, nil, attack{names: true, addresses: true}, false, true},
		{"no throttle", &password.Hasher{}, open, attack{}, true, true},
		{"no gate, no throttle", &password.Hasher{Workers: 1000, Queue: 1000}, open, attack{}, true, false},
	} {
		if tt.soak && os.Getenv("SOAK") == "" {
			continue
		}
		t.Run(tt.name, func(t *testing.T) {
			f := newFlood(t, &auth.Accounts{Users: &auth.MemoryUsers{}, Hasher: tt.hasher, Throttle: tt.throttle})
			f.run(t, tt.attack)
			t.Log(f)
			if !tt.bounded {
				return
			}
			workers := max(1, runtime.GOMAXPROCS(0)-1)
			if bound := int64(workers)*19<<20 + 64<<20; f.peak > bound {
				t.Errorf("took %d MiB at most, want %d", f.peak>>20, bound>>20)
			}
			if f.logins == 0 || f.turned > 0 {
				t.Errorf("the owner's device got in %d times, and did not %d times", f.logins, f.turned)
			}
			if p50 := quantile(f.pings, 50); p50 > time.Second { // without the gate it is two; the figure is in the log
				t.Errorf("/ping took %v at the median", p50)
			}
		})
	}
}

// attack says by what the guesses of a flood differ.
type attack struct{ names, addresses bool }

// flood is a server under attack, and what is seen of it.
type flood struct {
	server *httptest.Server
	client *http.Client
	device string
	count  counter

	answers        [600]atomic.Int64 // by status
	pings          []time.Duration
	owners         []time.Duration
	logins, turned int
	peak           int64 // bytes
}

func newFlood(t *testing.T, accounts *auth.Accounts) *flood {
	f := &flood{}
	accounts.Hasher.Observe = f.count.observe
	if _, err := accounts.Create(t.Context(), "ada", "correct horse battery"); err != nil {
		t.Fatal(err)
	}
	guard := &auth.Guard{Schemes: []auth.Scheme{&auth.Basic{Accounts: accounts, CacheFor: -1}}}
	mux := http.NewServeMux()
	mux.HandleFunc("/ping", func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, "pong") })
	mux.Handle("/", guard.Wrap(who{}))
	proxies := &forwarded.Proxies{Trusted: []netip.Prefix{netip.MustParsePrefix("127.0.0.0/8")}}
	f.server = httptest.NewServer(proxies.Wrap(mux))
	t.Cleanup(f.server.Close)
	f.client = &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: 200}}
	t.Cleanup(f.client.CloseIdleConnections)
	r := outgoing(t, "GET", f.server.URL+"/", "Authorization", basic("ada:correct horse battery"))
	resp, _ := send(t, f.client, r)
	f.device, _, _ = strings.Cut(resp.Header.Get("Set-Cookie"), ";")
	if resp.StatusCode != 200 || f.device == "" {
		t.Fatal(resp.StatusCode, resp.Header)
	}
	return f
}

func (f *flood) run(t *testing.T, attack attack) {
	lasts := time.Second
	if os.Getenv("SOAK") != "" {
		lasts = 10 * time.Second
	}
	debug.FreeOSMemory()
	before := taken()
	ctx, stop := context.WithTimeout(t.Context(), lasts+time.Minute)
	defer stop()
	begin := time.Now()
	var wg sync.WaitGroup
	for i := range 100 {
		wg.Go(func() {
			for n := 0; ctx.Err() == nil; n++ {
				name, from := "ada", "192.0.2.1"
				if attack.names {
					name = fmt.Sprint("user", i, ".", n)
				}
				if attack.addresses {
					from = fmt.Sprintf("2001:%x:%x::1", i, n&0xffff)
				}
				if status := f.get(ctx, "/", "Authorization", basic(name+":wrong"), "X-Forwarded-For", from); status > 0 {
					f.answers[status].Add(1)
				}
				// A client over a network is not back at once. What this process spends on
				// being the clients would hold up the pings otherwise.
				time.Sleep(10 * time.Millisecond)
			}
		})
	}
	wg.Go(func() { // the owner
		defer stop()
		for ctx.Err() == nil && (time.Since(begin) < lasts || f.logins+f.turned == 0) {
			start := time.Now()
			switch f.get(ctx, "/", "Authorization", basic("ada:correct horse battery"), "X-Forwarded-For", "192.0.2.1", "Cookie", f.device) {
			case 200:
				f.logins++
				f.owners = append(f.owners, time.Since(start))
			case 0: // at the end
			default:
				f.turned++
			}
			time.Sleep(100 * time.Millisecond)
		}
	})
	for ctx.Err() == nil { // the neighbour
		start := time.Now()
		if f.get(ctx, "/ping") == 200 {
			f.pings = append(f.pings, time.Since(start))
		}
		f.peak = max(f.peak, taken()-before)
		time.Sleep(2 * time.Millisecond)
	}
	wg.Wait()
}

// get returns the status, 0 where there was no answer in time.
func (f *flood) get(ctx context.Context, path string, header ...string) int {
	r, err := http.NewRequestWithContext(ctx, "GET", f.server.URL+path, nil)
	if err != nil {
		return 0
	}
	for i := 0; i < len(header); i += 2 {
		r.Header.Set(header[i], header[i+1])
	}
	resp, err := f.client.Do(r)
	if err != nil {
		return 0
	}
	defer resp.Body.Close()
	_, _ = io.Copy(io.Discard, resp.Body)
	return resp.StatusCode
}

// String is what a run has shown.
func (f *flood) String() string {
	return fmt.Sprintf("/ping p50 %v, p99 %v of %d; owner in %d times, p50 %v, p99 %v; peak %d MiB; %d hashes; answers 401: %d, 429: %d, 503: %d",
		quantile(f.pings, 50), quantile(f.pings, 99), len(f.pings), f.logins, quantile(f.owners, 50), quantile(f.owners, 99),
		f.peak>>20, f.count.all.Load(), f.answers[401].Load(), f.answers[429].Load(), f.answers[503].Load())
}

// taken is the memory that the process has from the system for its heap.
func taken() int64 {
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return int64(m.HeapSys - m.HeapReleased)
}

func quantile(d []time.Duration, percent int) time.Duration {
	if len(d) == 0 {
		return 0
	}
	sorted := slices.Sorted(slices.Values(d))
	return sorted[min(len(d)*percent/100, len(d)-1)].Round(10 * time.Microsecond)
}
