package auth_test

import (
	"context"
	"fmt"
	"log"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"strings"
	"time"

	"github.com/surcoat/surcoat/middleware/auth"
)

// An API: programs come with a token that its user made, and that is good for some things
// only.
func ExampleBearer() {
	ctx := context.Background()
	accounts := &auth.Accounts{Users: &auth.MemoryUsers{}, TokenPrefix: "shop"}
	if err := accounts.Users.Create(ctx, auth.User{Name: "ada"}); err != nil {
		log.Fatal(err)
	}
	token, kept, err := accounts.NewToken(ctx, "ada", "nightly backup", time.Now().AddDate(0, 3, 0), "orders:read")
	if err != nil {
		log.Fatal(err)
	}

	guard := &auth.Guard{Schemes: []auth.Scheme{&auth.Bearer{Accounts: accounts}}}
	orders := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		id, _ := auth.From(r.Context())
		fmt.Fprintf(w, "orders of %s", id.Subject)
	})
	mux := http.NewServeMux()
	mux.Handle("GET /orders", guard.Require(auth.Scope("orders:read"))(orders))
	mux.Handle("POST /orders", guard.Require(auth.Scope("orders:write"))(orders))

	ask := func(method string) {
		r := httptest.NewRequest(method, "/orders", nil)
		r.Header.Set("Authorization", "Bearer "+token)
		w := httptest.NewRecorder()
		mux.ServeHTTP(w, r)
		fmt.Println(strings.TrimSpace(fmt.Sprint(method, " ", w.Code, " ", w.Header().Get("WWW-Authenticate"))))
	}
	ask("GET")
	ask("POST")
	if err := accounts.RevokeToken(ctx, "ada", kept.ID); err != nil {
		log.Fatal(err)
	}
	ask("GET")
	// Output:
	// GET 200
	// POST 403 Bearer realm="site", error="insufficient_scope", scope="orders:write"
	// GET 401 Bearer realm="site", error="invalid_token"
}

// A scanner that looks for tokens where they do not belong.
func ExampleCheckToken() {
	_, ok := auth.CheckToken("surcoat_tgk6m7zgwxoae")
	fmt.Println(ok)
	// Output: false
}

// Machines inside a company, each with a certificate of the company's own authority.
func ExampleClientCert() {
	guard := &auth.Guard{Schemes: []auth.Scheme{&auth.ClientCert{}}}
	server := &http.Server{
		Handler: guard.Wrap(http.NotFoundHandler()),
		// TLSConfig: &tls.Config{ClientCAs: company, ClientAuth: tls.VerifyClientCertIfGiven},
	}
	w := httptest.NewRecorder()
	server.Handler.ServeHTTP(w, httptest.NewRequest("GET", "/", nil))
	fmt.Println(w.Code)
	// Output: 403
}

// A proxy on the same machine has signed people in.
func ExampleProxyHeader() {
	guard := &auth.Guard{Schemes: []auth.Scheme{&auth.ProxyHeader{
		Field: "X-Forwarded-User", Trusted: []netip.Prefix{netip.MustParsePrefix("127.0.0.1/32")},
	}}}
	h := guard.Wrap(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		id, _ := auth.From(r.Context())
		fmt.Fprint(w, id.Subject)
	}))
	for _, peer := range []string{"127.0.0.1:40000", "203.0.113.7:40000"} {
		r := httptest.NewRequest("GET", "/", nil)
		r.RemoteAddr = peer
		r.Header.Set("X-Forwarded-User", "ada")
		w := httptest.NewRecorder()
		h.ServeHTTP(w, r)
		fmt.Println(peer, w.Code)
	}
	// Output:
	// 127.0.0.1:40000 200
	// 203.0.113.7:40000 403
}

// What a gateway learned from the web server that runs the program.
func ExampleRemoteUser() {
	type vars struct{ user, authType string }
	type key struct{}
	guard := &auth.Guard{Schemes: []auth.Scheme{&auth.RemoteUser{From: func(r *http.Request) (string, string) {
		v, _ := r.Context().Value(key{}).(vars)
		return v.user, v.authType
	}}}}
	h := guard.Wrap(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		id, _ := auth.From(r.Context())
		fmt.Fprint(w, id.Subject)
	}))
	r := httptest.NewRequest("GET", "/", nil)
	r = r.WithContext(context.WithValue(r.Context(), key{}, vars{"ada", "Digest"}))
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	fmt.Println(w.Body)
	// Output: ada
}
