package throttle_test

import (
	"context"
	"errors"
	"fmt"
	"net/netip"

	"github.com/surcoat/surcoat/middleware/auth/throttle"
)

// Somebody guesses; after five wrong ones they have to wait, and nobody looks at the sixth.
func ExampleThrottle() {
	limits := &throttle.Throttle{}
	for _, pin := range []string{"0000", "1234", "1111", "2580", "5555", "4711"} {
		fmt.Println(pin, enter(limits, pin))
	}
	// Output:
	// 0000 wrong
	// 1234 wrong
	// 1111 wrong
	// 2580 wrong
	// 5555 wrong
	// 4711 wait a moment
}

func enter(limits *throttle.Throttle, pin string) string {
	attempt, err := limits.Attempt(context.Background(), throttle.Key{
		Account: "ada", Client: netip.MustParseAddr("192.0.2.1"),
	})
	var limited *throttle.Limited
	switch {
	case errors.As(err, &limited):
		return "wait a moment" // limited.RetryAfter says how long
	case err != nil:
		return "cannot check now"
	}
	defer attempt.Cancel()
	if pin != "4711" {
		attempt.Fail()
		return "wrong"
	}
	attempt.Succeed()
	return "right"
}

// Mail costs something too, whether or not there is such an address: each is a wrong guess.
func ExampleAttempt() {
	limits := &throttle.Throttle{Free: 2}
	for range 3 {
		attempt, err := limits.Attempt(context.Background(), throttle.Key{Use: "reset", Account: "ada@example.org"})
		if err != nil {
			fmt.Println("too many")
			continue
		}
		attempt.Fail()
		fmt.Println("sent")
	}
	// Output:
	// sent
	// sent
	// too many
}
