// Shop is a program that fails in instructive ways. Tests build it with and without
// -tags dev to see what gets into the binary and what gets to the client.
package main

import (
	"errors"
	"fmt"
	"io/fs"
	"log"
	"net"
	"net/http"
	"os"

	"github.com/surcoat/surcoat/middleware/cgitrace"
	"github.com/surcoat/surcoat/middleware/lint"
)

// Order is what a customer wants.
type Order struct {
	ID       int
	Customer *Customer
	Items    []string
}

// Customer is who wants it.
type Customer struct {
	Name     string
	Password string
	Address  *Address
}

// Address is where it goes.
type Address struct{ Street, City string }

// OrderError tells which order failed, and why.
type OrderError struct {
	Order  Order
	Op     string
	Reason error
}

func (e *OrderError) Error() string {
	return fmt.Sprintf("order %d: %s: %v", e.Order.ID, e.Op, e.Reason)
}

// Unwrap returns the reason.
func (e *OrderError) Unwrap() error { return e.Reason }

// city is where an order goes. Not every customer has told us.
func city(o *Order) string {
	const fallback = "Oslo" // where most of them live
	if o.Customer == nil {
		return fallback
	}
	return o.Customer.Address.City
}

func checkout(w http.ResponseWriter, r *http.Request) {
	order := &Order{ID: 7, Customer: &Customer{Name: "Ada", Password: r.FormValue("password")}}
	fmt.Fprintf(w, "%s goes to %s\n", r.FormValue("item"), city(order))
}

func stock(_ http.ResponseWriter, r *http.Request) {
	order := Order{ID: 7, Customer: &Customer{Name: "Ada", Password: "correct horse"}, Items: []string{"book", "pen"}}
	_, err := os.Open("/no/such/stock.db")
	reason := errors.Join(fmt.Errorf("read stock: %w", err), fmt.Errorf("ask the supplier: %w", fs.ErrPermission))
	panic(&OrderError{Order: order, Op: "reserve", Reason: reason})
}

func again(w http.ResponseWriter, r *http.Request) {
	defer func() {
		if v := recover(); v != nil {
			log.Print("cleaning up")
			panic(fmt.Errorf("checkout failed: %v", v))
		}
	}()
	checkout(w, r)
}

func half(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	fmt.Fprint(w, `<!doctype html><title>Orders</title><style>body{font-family:serif;background:#eef}h1{color:navy}</style><h1>Your orders</h1><table border=1><tr><td>1<td>a book<tr><td title="`)
	_ = http.NewResponseController(w).Flush()
	checkout(w, r)
}

func main() {
	addr := "localhost:0"
	if len(os.Args) > 1 {
		addr = os.Args[1]
	}
	mux := http.NewServeMux()
	mux.HandleFunc("/checkout", checkout)
	mux.HandleFunc("/stock", stock)
	mux.HandleFunc("/again", again)
	mux.HandleFunc("/half", half)
	l, err := net.Listen("tcp", addr)
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println("listening on", l.Addr())
	log.Fatal(http.Serve(l, (&cgitrace.Page{}).Wrap((&lint.Handler{}).Wrap(mux))))
}
