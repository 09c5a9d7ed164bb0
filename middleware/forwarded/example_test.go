package forwarded_test

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/netip"

	"github.com/surcoat/surcoat/middleware/forwarded"
)

// behind sends a request as the proxy 10.0.0.1 would, and prints what the application says.
func behind(h http.Handler, chain string) {
	r := httptest.NewRequest("GET", "http://shop.example/", nil)
	r.RemoteAddr = "10.0.0.1:49152"
	r.Header.Set("X-Forwarded-For", chain)
	r.Header.Set("X-Forwarded-Proto", "https")
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	fmt.Println(w.Body)
}

func ExampleProxies() {
	app := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		fmt.Fprintf(w, "%s asks for %s", r.RemoteAddr, r.URL)
	})
	proxies := &forwarded.Proxies{Trusted: []netip.Prefix{netip.MustParsePrefix("10.0.0.0/8")}}
	behind(proxies.Wrap(app), "127.0.0.1, 192.0.2.44") // the client says it is 127.0.0.1; the proxy knows better
	// Output:
	// 192.0.2.44:0 asks for https://shop.example/
}

func ExampleFrom() {
	app := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		o, _ := forwarded.From(r.Context())
		fmt.Fprintf(w, "%s through %s", o.Addr, o.Peer)
	})
	proxies := &forwarded.Proxies{Trusted: []netip.Prefix{netip.MustParsePrefix("10.0.0.0/8")}}
	behind(proxies.Wrap(app), "192.0.2.44")
	// Output:
	// 192.0.2.44 through 10.0.0.1:49152
}

// Trusting every address is to trust the client: it becomes whoever it says it is.
func ExampleProxies_incorrect() {
	app := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { fmt.Fprint(w, r.RemoteAddr) })
	everybody := &forwarded.Proxies{Trusted: []netip.Prefix{netip.MustParsePrefix("0.0.0.0/0")}}
	behind(everybody.Wrap(app), "127.0.0.1, 192.0.2.44")
	// Output:
	// 127.0.0.1:0
}
