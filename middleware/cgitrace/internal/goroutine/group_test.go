//go:build dev

package goroutine_test

import (
	"runtime"
	"slices"
	"strings"
	"testing"

	"github.com/surcoat/surcoat/middleware/cgitrace/internal/goroutine"
)

const dump = `goroutine 34 [running]:
main.handle[...]({0x1, 0x2}, 0xc000102000)
	/src/shop/main.go:12 +0x1d
main.main.func1()
	/src/shop/main.go:9
created by main.main in goroutine 1
	/src/shop/main.go:8 +0x44

goroutine 1 [IO wait, 3 minutes]:
internal/poll.runtime_pollWait(0x7f, 0x72)
	/go/netpoll.go:351 +0x85
main.main()
	/src/shop/main.go:20 +0x1

goroutine 7 [chan receive]:
shop.(*Pool).work(0xc00001)
	/src/shop/pool.go:3 +0x1
created by shop.New in goroutine 1
	/src/shop/pool.go:2 +0x1

goroutine 8 [chan receive, 12 minutes]:
shop.(*Pool).work(0xc00002)
	/src/shop/pool.go:3 +0x9
created by shop.New in goroutine 7
	/src/shop/pool.go:2 +0x1

goroutine 9 [chan receive, locked to thread]:
shop.(*Pool).work(0xc00002)
	/src/shop/pool.go:3 +0x9
...additional frames elided...
created by shop.New in goroutine 1
	/src/sh`

func TestGroups(t *testing.T) {
	groups := goroutine.Groups(dump)
	var got []string
	for _, g := range groups {
		got = append(got, strings.Repeat("x", g.Count)+" "+g.State+" "+strings.Join(g.IDs, ",")+" "+g.Entry()+" by "+g.Creator.Function)
	}
	want := []string{
		"x running 34 main.main.func1 by main.main",
		"xx chan receive 7,8 shop.(*Pool).work by shop.New",
		"x IO wait 1 main.main by ",
		"x chan receive, locked to thread 9 ...additional frames elided... by shop.New",
	}
	if !slices.Equal(got, want) {
		t.Fatalf("got  %q\nwant %q", got, want)
	}
	if groups[1].Minutes != 12 || groups[2].Minutes != 3 {
		t.Errorf("they wait %d and %d minutes", groups[1].Minutes, groups[2].Minutes)
	}
	if c, want := groups[0].Stack[0], (goroutine.Call{Function: "main.handle[...]", File: "/src/shop/main.go", Line: 12}); c != want {
		t.Errorf("the first call is %+v", c)
	}
	if c, want := groups[1].Creator, (goroutine.Call{Function: "shop.New", File: "/src/shop/pool.go", Line: 2}); c != want {
		t.Errorf("the pool was created by %+v", c)
	}
}

// What this runtime writes is understood: a thousand goroutines at one place are one group.
func TestRuntimeStack(t *testing.T) {
	stop := make(chan struct{})
	defer close(stop)
	var blocked []chan struct{}
	for range 1000 {
		at := make(chan struct{})
		blocked = append(blocked, at)
		go wait(at, stop)
	}
	for _, at := range blocked {
		<-at
	}
	buf := make([]byte, 4<<20)
	groups := goroutine.Groups(string(buf[:runtime.Stack(buf, true)]))
	if first := groups[0]; first.Count != 1 || first.Stack[0].Function != "github.com/surcoat/surcoat/middleware/cgitrace/internal/goroutine_test.TestRuntimeStack" {
		t.Errorf("the first group is %+v", first)
	}
	waiting := 0
	for _, g := range groups {
		if strings.HasSuffix(g.Entry(), ".wait") && strings.HasSuffix(g.Creator.Function, ".TestRuntimeStack") && g.Creator.Line > 0 {
			waiting += g.Count
		}
	}
	if waiting != 1000 || len(groups) > 20 { // a few may still be on their way to the receive
		t.Errorf("%d goroutines wait, in %d groups", waiting, len(groups))
	}
}

func wait(at, stop chan struct{}) {
	close(at)
	<-stop
}

func FuzzGroups(f *testing.F) {
	f.Add(dump)
	f.Add("goroutine 1 [running]:\n\t/a.go:1\n()\n\t:\n")
	f.Fuzz(func(t *testing.T, dump string) {
		n := 0
		for _, g := range goroutine.Groups(dump) {
			if g.Count < 1 || len(g.IDs) == 0 || len(g.IDs) > 8 || len(g.IDs) > g.Count {
				t.Errorf("a group of %d has %d names", g.Count, len(g.IDs))
			}
			n += g.Count
		}
		if n > strings.Count(dump, "goroutine ") {
			t.Errorf("%d goroutines of %q", n, dump)
		}
	})
}
