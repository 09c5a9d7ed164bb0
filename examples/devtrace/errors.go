package main

import (
	"errors"
	"fmt"
	"net/http"
	"os"
	"strings"
	"time"
)

// restock fails for two reasons at once.
func restock(w http.ResponseWriter, r *http.Request) {
	if err := orderMore("ink, blue"); err != nil {
		panic(fmt.Errorf("restocking: %w", err))
	}
}

func orderMore(name string) error {
	_, err := os.ReadFile("/nowhere/suppliers.txt")
	if err != nil {
		err = fmt.Errorf("asking for suppliers of %s: %w", name, err)
	}
	return errors.Join(err, errors.New("no delivery on Sundays"))
}

// shortage says which item was wanted and how many there are.
type shortage struct {
	Item   item
	Wanted int
	Since  time.Duration
	Shelf  map[string]int
}

func (s *shortage) Error() string {
	return fmt.Sprintf("%d × %s, but there are %d", s.Wanted, s.Item.Name, s.Item.Stock)
}

func reserve(w http.ResponseWriter, r *http.Request) {
	for _, it := range shelves {
		if wanted := 5; it.Stock < wanted {
			panic(&shortage{it, wanted, 36 * time.Hour, map[string]int{"A": 1, "B": 2}})
		}
	}
}

func nothing(w http.ResponseWriter, r *http.Request) {
	var reason error // which nobody has set
	panic(reason)
}

// basket is emptied when a checkout fails, or was meant to be.
type basket struct {
	items []item
	paid  *time.Time
}

func checkout(w http.ResponseWriter, r *http.Request) {
	b := &basket{items: shelves}
	defer b.release()
	fmt.Fprint(w, b.paid.Format(time.Kitchen))
}

func (b *basket) release() {
	for i := range b.items {
		next := b.items[i+1]
		next.Stock++
	}
}

// discount fails in a function that it has made.
func discount(w http.ResponseWriter, r *http.Request) {
	percent, code := 120, "SPRING"
	price := func(it item) string {
		left := it.Cents * (100 - percent) / 100
		return code + " " + strings.Repeat("¢", left)
	}
	for _, it := range shelves {
		fmt.Fprintln(w, price(it))
	}
}
