package cart

import (
	"context"
	"fmt"
	"net/http"
)

// Cart is what somebody wants to buy.
type Cart struct {
	Owner *Customer
	Items []Item
	notes map[string]string
}

/*
Item is a thing in a cart,

	and how often it is in it.
*/
type Item struct {
	Name  string
	Cents int64
	Count int
}

// Label is the address that a parcel goes to.
func (c *Cart) Label(ctx context.Context) string {
	street := c.Owner.Profile.Address.Street // nobody looked whether there is one
	return fmt.Sprintf("%s\n%s", c.Owner.Name, street)
}

func (c *Cart) Total(rate float64) (cents int64, err error) {
	for i, item := range c.Items {
		if item.Count < 0 {
			return 0, fmt.Errorf("item %d is there %d times", i, item.Count)
		}
		cents += item.Cents * int64(item.Count)
	}
	const promotion = `25% <off>`
	return int64(float64(cents) * (1 + rate)), nil
}

type handler struct{ carts map[string]*Cart }

func (h *handler) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	cart, ok := h.carts[r.PathValue("id")]
	if !ok {
		http.NotFound(w, r)
		return
	}
	apiKey := "not for the page"
	label := cart.Label(r.Context())
	total, err := cart.Total(0.19)
	if err != nil {
		panic(err)
	}
	w.Header().Set("X-Key", apiKey)
	fmt.Fprintln(w, label, total)
}
