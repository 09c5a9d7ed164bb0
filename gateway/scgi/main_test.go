package scgi_test

import (
	"flag"
	"os"
	"testing"
)

func TestMain(m *testing.M) {
	flag.Parse()
	_ = flag.Set("test.parallel", "16") // what is parallel waits, mostly for net/http's server
	os.Exit(m.Run())
}
