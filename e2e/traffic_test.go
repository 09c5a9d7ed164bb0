package e2e_test

import (
	"context"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/chromedp"
)

// traffic is what Chromium says about the requests of one tab.
type traffic struct {
	p    *person
	mu   sync.Mutex
	more *sync.Cond
	all  []*received
}

// received is one response.
type received struct {
	id     network.RequestID
	url    string
	coding string // Content-Encoding
	failed string // why it did not come
	begun  bool   // its header is there
	done   bool
}

// traffic begins to listen.
func (p *person) traffic() *traffic {
	p.t.Helper()
	n := &traffic{p: p}
	n.more = sync.NewCond(&n.mu)
	if err := chromedp.Listen(p.ctx, n.hear); err != nil {
		p.t.Fatal(err)
	}
	return n
}

func (n *traffic) hear(ev any) {
	n.mu.Lock()
	defer n.mu.Unlock()
	switch ev := ev.(type) {
	case *network.EventRequestWillBeSent:
		r := n.find(ev.RequestID)
		if r == nil {
			r = &received{id: ev.RequestID}
			n.all = append(n.all, r)
		}
		r.url = ev.Request.URL // the last one of redirects
	case *network.EventResponseReceived:
		if r := n.find(ev.RequestID); r != nil {
			r.coding, _ = ev.Response.Headers["Content-Encoding"].(string)
			r.begun = true
		}
	case *network.EventLoadingFinished:
		if r := n.find(ev.RequestID); r != nil {
			r.done = true
		}
	case *network.EventLoadingFailed:
		if r := n.find(ev.RequestID); r != nil {
			r.failed, r.done = ev.ErrorText+" "+string(ev.BlockedReason), true
		}
	}
	n.more.Broadcast()
}

func (n *traffic) find(id network.RequestID) *received {
	for _, r := range slices.Backward(n.all) {
		if r.id == id {
			return r
		}
	}
	return nil
}

// last waits until the latest request for a URL, or for one that ends so, is over.
func (n *traffic) last(url string) received {
	n.p.t.Helper()
	return n.wait(url, func(r *received) bool { return r.done })
}

// open is last for a response that goes on: its header is enough.
func (n *traffic) open(url string) received {
	n.p.t.Helper()
	return n.wait(url, func(r *received) bool { return r.begun || r.done })
}

func (n *traffic) wait(url string, enough func(*received) bool) received {
	n.p.t.Helper()
	late := false
	timer := time.AfterFunc(limit, func() {
		n.mu.Lock()
		late = true
		n.mu.Unlock()
		n.more.Broadcast()
	})
	defer timer.Stop()
	n.mu.Lock()
	defer n.mu.Unlock()
	for {
		for _, r := range slices.Backward(n.all) {
			if strings.HasSuffix(r.url, url) {
				if enough(r) {
					return *r
				}
				break
			}
		}
		if late {
			n.p.t.Fatalf("nothing came from %s", url)
		}
		n.more.Wait()
	}
}

// content is the body of a response as the page gets it, decoded.
func (r received) content(p *person) string {
	p.t.Helper()
	return get(p, func(ctx context.Context, t *chromedp.Target) (string, error) {
		res, err := cdp.Call(ctx, t, network.GetResponseBody, network.GetResponseBodyParams{RequestID: r.id})
		return string(res.Body), err
	})
}

// fetch is the text that a script of the page gets.
func (p *person) fetch(path string) string {
	p.t.Helper()
	return get(p, chromedp.Evaluate[string](`fetch(`+quote(path)+`, {cache: "no-store"}).then(r => r.text())`, chromedp.EvalAwaitPromise))
}

// becomes waits until a script's value is want. A page that comes back out of the browser's memory
// does not load, so that nothing else tells.
func (p *person) becomes(script, want string) {
	p.t.Helper()
	var got string
	for deadline := time.Now().Add(limit); time.Now().Before(deadline); {
		ctx, cancel := context.WithTimeout(p.ctx, time.Second)
		got, _ = chromedp.Run(ctx, chromedp.Evaluate[string](script))
		cancel()
		if got == want {
			return
		}
	}
	p.t.Fatalf("%s is %q and does not become %q", script, got, want)
}

// accepts makes coding the only one that the tab asks for.
func (p *person) accepts(coding string) {
	p.t.Helper()
	p.run(func(ctx context.Context, t *chromedp.Target) (v chromedp.Void, err error) {
		_, err = cdp.Call(ctx, t, network.SetExtraHTTPHeaders, network.SetExtraHTTPHeadersParams{Headers: network.Headers{"Accept-Encoding": coding}})
		return v, err
	})
}
