package main

import (
	"context"
	"fmt"
	"net/http"
)

// customer, and what hangs on one.
type (
	customer struct {
		Name    string
		Profile *profile
	}
	profile struct {
		Language string
		Address  *address
	}
	address struct{ Street, City string }
)

// item is one of those on the shelves.
type item struct {
	Name  string
	Cents int
	Stock int
}

var shelves = []item{{"pencil", 120, 40}, {"ink, blue", 890, 3}, {"paper", 450, 12}}

// label prints the address of a customer who has given none.
func label(w http.ResponseWriter, r *http.Request) {
	ada := &customer{Name: "Ada", Profile: &profile{Language: "en"}}
	fmt.Fprint(w, parcel(ada, 2))
}

func parcel(owner *customer, pieces int) string {
	return fmt.Sprintf("%d × %s, %s", pieces, owner.Name, owner.Profile.Address.City)
}

// pickOfTheDay goes beyond the last of the items.
func pickOfTheDay(w http.ResponseWriter, r *http.Request) {
	day, offset := 2, 2
	fmt.Fprint(w, shelves[day+offset].Name)
}

// lastPage mixes up where a page of items begins and ends.
func lastPage(w http.ResponseWriter, r *http.Request) {
	from, to := 2, 1
	for _, it := range shelves[from:to] {
		fmt.Fprintln(w, it.Name)
	}
}

// visits was meant to be made with newVisits.
type visits struct {
	total  int
	byPage map[string]int
}

func countVisit(w http.ResponseWriter, r *http.Request) {
	v := &visits{total: 41}
	v.total++
	v.byPage[r.URL.Path]++
	fmt.Fprint(w, v.total)
}

// keyCurrency is where a layer has put the currency of a visitor.
type keyCurrency struct{}

func currency(w http.ResponseWriter, r *http.Request) {
	ctx := context.WithValue(r.Context(), keyCurrency{}, []byte("EUR"))
	code := ctx.Value(keyCurrency{})
	fmt.Fprint(w, code.(string))
}

// announce sends to listeners who have been sent home.
func announce(w http.ResponseWriter, r *http.Request) {
	news := make(chan string, 4)
	news <- "New: green ink"
	close(news)
	news <- "The shop is closed"
}

func averagePrice(w http.ResponseWriter, r *http.Request) {
	sum, count := 0, 0
	for _, it := range shelves {
		if it.Stock > 100 {
			sum += it.Cents
			count++
		}
	}
	fmt.Fprint(w, sum/count)
}
