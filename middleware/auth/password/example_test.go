package password_test

import (
	"context"
	"errors"
	"fmt"

	"github.com/surcoat/surcoat/middleware/auth/password"
)

func ExampleHasher() {
	ctx := context.Background()
	hasher := &password.Hasher{}
	stored, err := hasher.Hash(ctx, "correct horse battery staple")
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(stored[:30])

	_, err = hasher.Verify(ctx, stored, "correct horse battery staple")
	fmt.Println("right:", err)
	_, err = hasher.Verify(ctx, stored, "Tr0ub4dor&3")
	fmt.Println("wrong:", err)
	_, err = hasher.Verify(ctx, "", "Tr0ub4dor&3") // no such user: takes as long
	fmt.Println("nobody:", err)
	// Output:
	// $argon2id$v=19$m=19456,t=2,p=1
	// right: <nil>
	// wrong: password: no match
	// nobody: password: no match
}

// A user who does not exist must go through Verify too. Answering at once, as here,
// tells whoever measures the time which names exist.
func ExampleHasher_incorrect() {
	users := map[string]string{}
	hasher := &password.Hasher{}
	login := func(name, pass string) error {
		stored, ok := users[name]
		if !ok {
			return password.ErrMismatch // after microseconds; below, after tens of milliseconds
		}
		_, err := hasher.Verify(context.Background(), stored, pass)
		return err
	}
	fmt.Println(login("nobody", "x"))
	// Output: password: no match
}

func ExamplePolicy() {
	var policy password.Policy
	ctx := context.Background()
	fmt.Println(policy.Check(ctx, "Tr0ub4dor&3"))
	fmt.Println(policy.Check(ctx, "adaadaadaadaada", "ada"))
	fmt.Println(policy.Check(ctx, "four words in a row"))
	fmt.Println(errors.Is(policy.Check(ctx, "short"), password.ErrTooShort))
	// Output:
	// password: too short: fewer than 15 characters
	// password: too easy to guess
	// <nil>
	// true
}
