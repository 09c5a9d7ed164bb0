package ajp_test

import (
	"log"
	"net/http"
	"time"

	"github.com/surcoat/surcoat/gateway/ajp"
)

// An application in Tomcat, whose context path is /shop.
func ExampleClient() {
	shop := &ajp.Client{
		Addresses:   []string{"127.0.0.1:8009"},
		Mount:       "/shop",
		SecretFile:  "/etc/ajp-secret",
		PingTimeout: time.Second,
	}
	if err := shop.Check(); err != nil {
		log.Fatal(err)
	}
	http.Handle("/shop/", shop)
	log.Fatal(http.ListenAndServe("127.0.0.1:8080", nil))
}
