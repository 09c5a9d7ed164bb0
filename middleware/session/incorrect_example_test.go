package session_test

import (
	"errors"
	"fmt"
	"net/http"

	"github.com/surcoat/surcoat/middleware/session"
)

// A cookie leaves with the header of the response, and so what a new session holds
// must be set before the first byte of the body. The error says so; this handler
// would lose the value without noticing if it did not look.
func ExampleKey_Set_incorrect() {
	handler := func(w http.ResponseWriter, r *http.Request) {
		fmt.Fprint(w, "page")
		err := visits.Set(session.From(r.Context()), 1) // too late
		fmt.Println(errors.Is(err, session.ErrHeaderSent))
	}
	browser := client{h: new(session.Manager).Wrap(http.HandlerFunc(handler))}
	browser.get("/")
	// Output: true
}

// What Get returns is a copy. Changing it changes nothing stored.
func ExampleKey_Get_incorrect() {
	cart := session.NewKey[map[string]int]("cart")
	handler := func(w http.ResponseWriter, r *http.Request) {
		s := session.From(r.Context())
		_ = cart.Set(s, map[string]int{"apples": 1})
		items, _ := cart.Get(s)
		items["apples"] = 7 // wrong: call cart.Set or cart.Update
		items, _ = cart.Get(s)
		fmt.Println(items)
	}
	browser := client{h: new(session.Manager).Wrap(http.HandlerFunc(handler))}
	browser.get("/")
	// Output: map[apples:1]
}
