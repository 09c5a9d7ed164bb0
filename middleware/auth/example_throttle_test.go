package auth_test

import (
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"

	"github.com/surcoat/surcoat/middleware/auth"
	"github.com/surcoat/surcoat/middleware/auth/throttle"
)

// A login of one's own, with the limits that the ready-made one has.
func ExampleAccounts_VerifyRequest() {
	accounts := exampleAccounts()
	login := func(w http.ResponseWriter, r *http.Request) {
		u, err := accounts.VerifyRequest(w, r, r.FormValue("name"), r.FormValue("password"))
		var limited *throttle.Limited
		switch {
		case errors.As(err, &limited):
			fmt.Println("please wait", limited.RetryAfter.Round(1e9))
		case errors.Is(err, auth.ErrRefused):
			fmt.Println("not right")
		case err != nil:
			fmt.Println("cannot check now")
		default:
			fmt.Println("hello,", u.Name)
		}
	}
	try := func(query, cookie string) *httptest.ResponseRecorder {
		r := httptest.NewRequest("POST", "/?"+query, nil)
		r.Header.Set("Cookie", cookie)
		w := httptest.NewRecorder()
		login(w, r)
		return w
	}
	w := try("name=ada&password=correct+horse+battery", "")
	device := w.Result().Cookies()[0]
	for range 6 { // somebody guesses
		try("name=ada&password=wrong", "")
	}
	try("name=ada&password=correct+horse+battery", device.Name+"="+device.Value)
	// Output:
	// hello, ada
	// not right
	// not right
	// not right
	// not right
	// not right
	// please wait 1s
	// hello, ada
}

// Devices stay known over restarts, and in every process that has the same keys. These are
// what `surcoat keys` prints; they may be those of the session's cookies.
func ExampleDeviceCookie() {
	accounts := &auth.Accounts{
		Users:        &auth.MemoryUsers{},
		DeviceCookie: auth.DeviceCookie{Keys: os.Getenv("DEVICE_KEYS")},
	}
	guard := &auth.Guard{Schemes: []auth.Scheme{&auth.Basic{Accounts: accounts}}}
	guard.Wrap(http.NotFoundHandler())
	// Output:
}

// The limits of a site whose users share few networks.
func ExampleAccounts_throttle() {
	accounts := &auth.Accounts{
		Users:    &auth.MemoryUsers{},
		Throttle: &throttle.Throttle{NetworkFree: 1000},
	}
	fmt.Println(accounts.Throttle.Check())
	// Output: <nil>
}
