// Hostile is a program whose handlers fail in the way the path says, with variables
// whose values the client knows. Tests build it as a developer does, since the
// test binaries themselves have no debug information.
package main

import (
	"fmt"
	"log"
	"net"
	"net/http"
	"os"
	"strconv"
	"sync"

	"github.com/surcoat/surcoat/middleware/cgitrace"
	"github.com/surcoat/surcoat/middleware/lint"
)

// Parcel is what gets lost.
type Parcel struct {
	ID    int
	Owner string
	Tags  []string
	Next  *Parcel
}

// lose panics with variables that are all made of n.
func lose(n int) {
	label := fmt.Sprintf("label-%d-end", n)
	weights := []float64{float64(n) + 0.5, 2.5}
	shelf := map[string]int{"shelf-" + strconv.Itoa(n): n * 3}
	parcel := &Parcel{ID: n * 7, Owner: "owner-" + strconv.Itoa(n), Tags: []string{"fragile", label}}
	parcel.Next = parcel
	var any any = Parcel{ID: n + 1}
	index := min(n, 0)
	if weights[index] > 0 {
		panic(fmt.Sprintf("lost %s of %d on %d shelves, %v", parcel.Owner, parcel.ID, len(shelf), any))
	}
}

// values waits for as many requests as the client says it sends at once.
func values(_ http.ResponseWriter, r *http.Request) {
	n, _ := strconv.Atoi(r.FormValue("n"))
	if together, _ := strconv.Atoi(r.FormValue("together")); together > 0 {
		gate.Do(func() { arrivals.Add(together) })
		arrivals.Done()
		arrivals.Wait()
	}
	lose(n)
}

var (
	gate     sync.Once
	arrivals sync.WaitGroup
)

// account is what a handler has locked when it panics.
type account struct {
	mu      sync.Mutex
	balance int
}

// String would wait for ever.
func (a *account) String() string {
	a.mu.Lock()
	defer a.mu.Unlock()
	return strconv.Itoa(a.balance)
}

func locked(http.ResponseWriter, *http.Request) {
	books := &account{balance: 4711}
	books.mu.Lock()
	defer books.mu.Unlock()
	panic("with the books locked")
}

func deep(_ http.ResponseWriter, r *http.Request) {
	n, _ := strconv.Atoi(r.FormValue("n"))
	fall(n, "at the bottom of "+strconv.Itoa(n))
}

func fall(n int, text string) int {
	if n == 0 {
		panic(text)
	}
	below := n - 1
	return fall(below, text) + 1
}

// huge has in its variables what would fill any page.
func huge(http.ResponseWriter, *http.Request) {
	bytes := make([]byte, 80<<20)
	table := make(map[string]int, 5000)
	for i := range 5000 {
		table[strconv.Itoa(i)] = i
	}
	text := string(bytes)
	var ring struct{ self any }
	ring.self = &ring
	panic(fmt.Sprint("huge: ", len(bytes), len(table), len(text), ring.self != nil))
}

// faulty has something to say to lint before it panics.
func faulty(w http.ResponseWriter, _ *http.Request) {
	w.WriteHeader(http.StatusOK)
	w.WriteHeader(http.StatusTeapot)
	panic("after two mistakes")
}

func main() {
	mux := http.NewServeMux()
	for path, serve := range map[string]http.HandlerFunc{
		"/values": values, "/locked": locked, "/deep": deep, "/huge": huge, "/faulty": faulty, "/secrets/": secrets,
	} {
		mux.HandleFunc(path, serve)
	}
	mux.HandleFunc("/fine", func(http.ResponseWriter, *http.Request) {})
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println("listening on", l.Addr())
	page := &cgitrace.Page{LogDir: os.Getenv("HOSTILE_LOGDIR"), Redact: func(name, _ string) bool { return name == "X-Customer" || name == "customer" }}
	log.Fatal(http.Serve(l, page.Wrap((&lint.Handler{}).Wrap(mux))))
}
