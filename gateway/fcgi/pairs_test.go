package fcgi

import (
	"context"
	"fmt"
	"runtime"
	"strings"
	"sync"
	"testing"

	"github.com/surcoat/surcoat/gateway/internal/cgienv"
)

// What is encoded is decoded, and nothing is read beyond the end.
func FuzzPairs(f *testing.F) {
	for _, seed := range []string{
		"", "\x01\x01ab", "\x00\x00", "\x80\x00\x00\x01\x80\x00\x00\x01ab", "\x01", "\x05\x05abc", "\x00\xff\xff\xff\xffx", "\xff\xff\xff\xff\xff\xff\xff\xff",
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		vars, err := pairs(text)
		if err != nil {
			if vars != nil {
				t.Error("variables with an error")
			}
			return
		}
		var b []byte
		for _, v := range vars {
			b = appendPair(b, v.Name, v.Value)
		}
		if len(b) > len(text) {
			t.Errorf("%q became %q", text, b)
		}
		again, err := pairs(string(b))
		if err != nil || len(again) != len(vars) {
			t.Fatalf("%q: %v", b, err)
		}
		for i := range vars {
			if again[i] != vars[i] {
				t.Errorf("%q became %q", vars[i], again[i])
			}
		}
	})
}

func TestPairs(t *testing.T) {
	long := strings.Repeat("x", 127) + "y"
	for _, tt := range []struct {
		text string
		want [][2]string
	}{
		{"\x04\x05NAMEvalue", [][2]string{{"NAME", "value"}}},
		{"\x80\x00\x00\x04\x05NAMEvalue", [][2]string{{"NAME", "value"}}},
		{"\x01\x01a1\x01\x01a2", [][2]string{{"a", "1"}, {"a", "2"}}},
		{"\x01\x80\x00\x00\x80n" + long, [][2]string{{"n", long}}},
		{"\x01\x00n", [][2]string{{"n", ""}}},
	} {
		got, err := pairs(tt.text)
		if err != nil || len(got) != len(tt.want) {
			t.Errorf("%q: %v, %v", tt.text, got, err)
			continue
		}
		for i := range got {
			if (got[i] != cgienv.Var{Name: tt.want[i][0], Value: tt.want[i][1]}) {
				t.Errorf("%q: %v", tt.text, got)
			}
		}
	}
}

// The memory in which variables are while a request is made of them is not another request's.
func TestVariablesOfManyRequests(t *testing.T) {
	var all sync.WaitGroup
	for i := range 8 {
		all.Go(func() {
			for j := range 200 {
				uri := fmt.Sprintf("/%d/%d", i, j)
				var b []byte
				for _, v := range []cgienv.Var{{Name: "REQUEST_METHOD", Value: "GET"}, {Name: "REQUEST_URI", Value: uri}, {Name: "HTTP_X_MARK", Value: uri}} {
					b = appendPair(b, v.Name, v.Value)
				}
				q := &request{conn: &conn{server: new(Server)}, text: string(b)}
				q.ctx.Init(context.Background(), nil)
				r, err := q.parse()
				if err != nil {
					t.Error(err)
					return
				}
				runtime.Gosched()
				vars := cgienv.Env(r.Context())
				if r.RequestURI != uri || r.Header.Get("X-Mark") != uri || vars.Get("REQUEST_URI") != uri || len(vars) != 3 {
					t.Errorf("%s: got %s, %q and %v", uri, r.RequestURI, r.Header, vars)
				}
			}
		})
	}
	all.Wait()
}
