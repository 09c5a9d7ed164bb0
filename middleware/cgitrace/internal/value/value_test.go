package value_test

import (
	"crypto/ecdsa"
	"crypto/tls"
	"errors"
	"fmt"
	"net/url"
	"strings"
	"testing"

	"github.com/surcoat/surcoat/middleware/cgitrace/internal/redact"
	"github.com/surcoat/surcoat/middleware/cgitrace/internal/value"
)

type inner struct {
	n     int
	Token string
	next  *inner
}

type outer struct {
	Name  string
	Inner *inner
	list  []float64
	any   any
	m     map[string]int
	f     func()
	err   error
	raw   []byte
	pin   [2]uint8
}

func TestLine(t *testing.T) {
	ring := &inner{n: 1, Token: "abcdef"}
	ring.next = ring
	type loop *loop
	var self loop
	self = &self
	tests := []struct {
		in   any
		want string
	}{
		{nil, "nil"},
		{7, "int(7)"},
		{"a\x1b\"b", `"a\x1b\"b"`},
		{1 + 2i, "complex128((1+2i))"},
		{[]int(nil), "[]int(nil)"},
		{[]byte("key=ghp_0123456789abcdefghij"), `[]uint8("key=REDACTED")`},
		{struct{}{}, "struct {}({})"},
		{map[string]any{"password": "x", "n": nil}, ""},
		{inner{n: 1, Token: "abcdef"}, "value_test.inner{n: 1, Token: REDACTED, next: nil}"},
		{ring, "*value_test.inner{n: 1, Token: REDACTED, next: *value_test.inner{n: 1, Token: REDACTED, next: *value_test.inner{n: 1, Token: REDACTED, next: *value_test.inner{n: 1, Token: REDACTED, next: …}}}}"},
		{
			outer{Name: "ada", list: []float64{1.5}, any: 3, m: map[string]int{"a": 1}, err: errors.New("e"), raw: []byte("r"), f: nil, pin: [2]uint8{}},
			`value_test.outer{Name: "ada", Inner: nil, list: []float64{1.5}, any: 3, m: map of 1, f: nil, err: *errors.errorString{s: "e"}, raw: "r", pin: [2]uint8{0, 0}}`,
		},
		{tls.Certificate{Certificate: [][]byte{{1}}}, "tls.Certificate(REDACTED)"},
		{&ecdsa.PrivateKey{}, "*ecdsa.PrivateKey(REDACTED)"},
		{url.UserPassword("ada", "x"), "*url.Userinfo(REDACTED)"},
		{self, ""},
	}
	for _, tt := range tests {
		got := value.Of(tt.in, redact.New(nil)).String()
		if tt.want == "" {
			if len(got) > 8000 || strings.Contains(got, `"x"`) {
				t.Errorf("%T is %.300s", tt.in, got)
			}
			continue
		}
		if got != tt.want {
			t.Errorf("got  %s\nwant %s", got, tt.want)
		}
	}
}

// loud is a value whose methods must not be called.
type loud struct{ N int }

func (loud) String() string                { panic("called") }
func (loud) Error() string                 { panic("called") }
func (loud) Format(fmt.State, rune)        { panic("called") }
func (loud) GoString() string              { panic("called") }
func (loud) MarshalText() ([]byte, error)  { panic("called") }
func (loud) LogValue() (v struct{ N int }) { panic("called") }
func (l loud) Unwrap() error               { panic("called") }

func TestCallsNothing(t *testing.T) {
	if got := value.Of(struct{ L loud }{loud{7}}, redact.New(nil)).String(); !strings.Contains(got, "N: 7") {
		t.Errorf("got %s", got)
	}
}

func TestBounds(t *testing.T) {
	wide := make([][]int, 1000)
	for i := range wide {
		wide[i] = make([]int, 1000)
	}
	for _, v := range []any{wide, strings.Repeat("x", 80<<20), make([]byte, 80<<20), map[string]string{strings.Repeat("k", 1<<20): strings.Repeat("v", 1<<20)}} {
		if n := len(value.Of(v, redact.New(nil)).String()); n > 64<<10 {
			t.Errorf("%T makes %d bytes", v, n)
		}
	}
	if n := value.Of(wide, redact.New(nil)); n.More == 0 {
		t.Error("nothing says that something was left out")
	}
}
