package main

import (
	"fmt"
	"net/http"
	"sync"
)

// shelf is one of a row that goes round the room.
type shelf struct {
	Number int
	Next   *shelf
}

// inventory has values that no page can show in full.
func inventory(w http.ResponseWriter, r *http.Request) {
	stock := make(map[string]item, 5000)
	for i := range 5000 {
		name := fmt.Sprintf("item %04d", i)
		stock[name] = item{name, i, i % 7}
	}
	first := &shelf{Number: 1}
	first.Next = &shelf{2, &shelf{3, first}}
	scan := make([]byte, 80<<20)
	copy(scan, "RIFF")
	fmt.Fprint(w, len(stock), first.Next.Number, scan[len(scan)])
}

// category is one within another.
type category struct {
	Name   string
	Parent *category
}

// categories looks for the root of a tree that has none.
func categories(w http.ResponseWriter, r *http.Request) {
	pens := &category{Name: "pens"}
	pens.Parent = &category{Name: "things to write with", Parent: pens}
	fmt.Fprint(w, pens.depth(0))
}

func (c *category) depth(n int) int {
	if n > 3000 {
		panic(fmt.Sprintf("the category %q has more than %d parents", c.Name, n-1))
	}
	return c.Parent.depth(n + 1)
}

// register takes turns.
type register struct {
	mu    sync.Mutex
	Cents int
	rates []int
}

// String waits for its turn.
func (g *register) String() string {
	g.mu.Lock()
	defer g.mu.Unlock()
	return fmt.Sprint(g.Cents)
}

func withLock(w http.ResponseWriter, r *http.Request) {
	g := &register{Cents: 1250}
	g.mu.Lock() // and whoever fails now never unlocks
	fmt.Fprint(w, g.rates[g.Cents/1000])
	g.mu.Unlock()
}
