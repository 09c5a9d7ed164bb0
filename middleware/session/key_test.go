package session_test

import (
	"errors"
	"fmt"
	"math"
	"net/http"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/surcoat/surcoat/middleware/session"
)

type role string

type item struct {
	Name string
	N    int `json:",omitempty"`
}

// within runs f in a request of m that has a session.
func within(m *session.Manager, f func(s *session.Session)) answer {
	return (&client{h: m.Wrap(mux{"/": func(_ http.ResponseWriter, _ *http.Request, s *session.Session) { f(s) }})}).get("/")
}

// roundTrip stores v in one request, reads it in the next and looks at its encoding.
func roundTrip[T any](v T, encoded string) func(*testing.T) {
	return func(t *testing.T) {
		key := session.NewKey[T]("v")
		eachKind(t, allKinds, func(t *testing.T, _ string, m *session.Manager) {
			c := client{h: m.Wrap(mux{
				"/set": func(_ http.ResponseWriter, _ *http.Request, s *session.Session) {
					want(t, "absent", isAbsent(key.Get(s)), true)
					want(t, "Set", key.Set(s, v), nil)
				},
				"/get": func(_ http.ResponseWriter, _ *http.Request, s *session.Session) {
					got, ok := key.Get(s)
					if at, isTime := any(got).(time.Time); isTime && at.Equal(any(v).(time.Time)) {
						got = v // another *Location
					}
					if !ok || !reflect.DeepEqual(got, v) {
						t.Errorf("got %v %v, want %v (%v)", got, ok, v, s.Err())
					}
					text, err := s.Value("v")
					want(t, "encoded", text, encoded)
					want(t, "error", err, nil)
					want(t, "Delete", key.Delete(s), nil)
				},
				"/gone": func(_ http.ResponseWriter, _ *http.Request, s *session.Session) {
					want(t, "deleted", isAbsent(key.Get(s)), true)
					want(t, "Err", s.Err(), nil)
				},
			})}
			c.get("/set")
			c.get("/get")
			c.get("/gone")
		})
	}
}

func isAbsent[T any](v T, ok bool) bool { return !ok && reflect.ValueOf(&v).Elem().IsZero() }

func TestKeyEncodings(t *testing.T) {
	t.Run("string", roundTrip("a=b; \"é\" \x00", "a=b; \"é\" \x00"))
	t.Run("empty string", roundTrip("", ""))
	t.Run("bool", roundTrip(true, "true"))
	t.Run("int", roundTrip(-42, "-42"))
	t.Run("int64", roundTrip(int64(math.MinInt64), "-9223372036854775808"))
	t.Run("uint64", roundTrip(uint64(math.MaxUint64), "18446744073709551615"))
	t.Run("float64", roundTrip(0.5, "0.5"))
	t.Run("duration", roundTrip(90*time.Second, "1m30s"))
	t.Run("time", roundTrip(time.Date(2026, 1, 2, 3, 4, 5, 6, time.FixedZone("", 3600)), "2026-01-02T03:04:05.000000006+01:00"))
	t.Run("bytes", roundTrip([]byte{0, 255, 'a'}, "AP9h"))
	t.Run("named string", roundTrip(role("<admin>"), `"<admin>"`))
	t.Run("struct", roundTrip([]item{{"a", 1}, {Name: "b"}}, `[{"Name":"a","N":1},{"Name":"b"}]`))
	t.Run("pointer", roundTrip(&item{Name: "a"}, `{"Name":"a"}`))
	t.Run("nil", roundTrip([]string(nil), "null"))
}

func TestKeyUpdateAndSet(t *testing.T) {
	m := &session.Manager{}
	within(m, func(s *session.Session) {
		want(t, "update of nothing", count.Update(s, func(n int) int { return n + 5 }), nil)
		want(t, "update", count.Update(s, func(n int) int { return n * 2 }), nil)
		n, ok := count.Get(s)
		want(t, "value", fmt.Sprint(n, ok), "10 true")
		want(t, "SetValue", s.SetValue("count", "7"), nil)
		n, _ = count.Get(s)
		want(t, "by SetValue", n, 7)
		want(t, "SetValue empty", s.SetValue("count", ""), nil)
		_, ok = count.Get(s)
		want(t, "removed", ok, false)
	})
}

func TestKeyErrors(t *testing.T) {
	anything := session.NewKey[any]("anything")
	within(&session.Manager{}, func(s *session.Session) {
		for _, v := range []any{func() {}, make(chan int), math.NaN(), map[bool]int{true: 1}} {
			if err := anything.Set(s, v); !errors.Is(err, session.ErrEncode) || !strings.Contains(err.Error(), `key "anything"`) {
				t.Errorf("%T: %v", v, err)
			}
		}
		if err := anything.Update(s, func(any) any { return func() {} }); !errors.Is(err, session.ErrEncode) {
			t.Errorf("Update: %v", err)
		}
		for _, name := range []string{"", "_flashes", "_session", "_gob"} {
			if err := s.SetValue(name, "x"); !errors.Is(err, session.ErrEncode) {
				t.Errorf("SetValue(%q): %v", name, err)
			}
		}
	})
	for _, name := range []string{"", "_flashes", "_session", "_gob"} {
		wantPanic(t, "session: NewKey: the name", func() { session.NewKey[int](name) })
	}
}

// Two keys of one name and different types are reported where the second is used.
func TestKeyTypesClash(t *testing.T) {
	number, text := session.NewKey[int]("same"), session.NewKey[string]("same")
	again := session.NewKey[int]("same") // of one type is no clash
	var ev events
	m := &session.Manager{Events: ev.add}
	a := within(m, func(s *session.Session) {
		want(t, "first", number.Set(s, 1), nil)
		want(t, "same type", again.Set(s, 2), nil)
		for _, err := range []error{
			text.Set(s, "x"),
			text.Update(s, func(string) string { return "x" }),
			func() error { _, _ = text.Get(s); return s.Err() }(),
		} {
			if !errors.Is(err, session.ErrKeyType) || !strings.Contains(err.Error(), "key_test.go:") ||
				!strings.Contains(err.Error(), "int") || !strings.Contains(err.Error(), "string") {
				t.Errorf("got %v", err)
			}
		}
		n, _ := number.Get(s)
		want(t, "untouched", n, 2)
	})
	want(t, "status", a.StatusCode, 500)
	want(t, "reported", strings.Contains(ev.kinds(), "undecodable"), true)
	within(&session.Manager{}, func(s *session.Session) { // another Manager has other sessions
		want(t, "elsewhere", text.Set(s, "x"), nil)
		want(t, "first", number.Set(s, 1) != nil, true)
	})
}

// Without a Manager nothing is pretended, and the message names the fix.
func TestNoManager(t *testing.T) {
	s := session.From(t.Context())
	if s != nil {
		t.Fatal("a session from nowhere")
	}
	_, ok := name.Get(s)
	want(t, "Get", ok, false)
	_, err := s.Value("x")
	for what, err := range map[string]error{
		"Set": name.Set(s, "x"), "Delete": name.Delete(s), "Update": name.Update(s, nil), "Value": err,
		"SetValue": s.SetValue("a", "b"), "Renew": s.Renew(t.Context(), "u"), "Destroy": s.Destroy(t.Context()),
		"Save": s.Save(t.Context()), "Err": s.Err(), "AddFlash": s.AddFlash("", "x"),
		"Set of what cannot be encoded": session.NewKey[any]("a").Set(s, func() {}),
	} {
		if err == nil || !strings.Contains(err.Error(), "put session.Manager.Wrap outside") {
			t.Errorf("%s: %v", what, err)
		}
	}
	want(t, "others", s.Handle()+s.Subject()+fmt.Sprint(s.Flashes()), "[]")
}

func TestFlashes(t *testing.T) {
	eachKind(t, allKinds, func(t *testing.T, _ string, m *session.Manager) {
		c := client{h: m.Wrap(mux{
			"/add": func(_ http.ResponseWriter, _ *http.Request, s *session.Session) {
				want(t, "AddFlash", s.AddFlash("error", "one"), nil)
				want(t, "AddFlash", s.AddFlash("", "two"), nil)
			},
			"/show": func(w http.ResponseWriter, _ *http.Request, s *session.Session) { fmt.Fprint(w, s.Flashes()) },
		})}
		want(t, "none", c.get("/show").body, "[]")
		want(t, "no cookie for none", c.token(), "")
		c.get("/add")
		want(t, "shown", c.get("/show").body, "[{error one} { two}]")
		want(t, "once", c.get("/show").body, "[]")
	})
}

// A message that a parallel request adds is not lost when another shows its own.
func TestFlashesInParallel(t *testing.T) {
	loaded, goOn := make(chan bool), make(chan bool)
	m := &session.Manager{}
	c := client{h: m.Wrap(mux{
		"/add": func(_ http.ResponseWriter, r *http.Request, s *session.Session) { _ = s.AddFlash("", r.FormValue("m")) },
		"/slow": func(w http.ResponseWriter, _ *http.Request, s *session.Session) {
			all := s.Flashes()
			loaded <- true
			<-goOn
			fmt.Fprint(w, all)
		},
		"/show": func(w http.ResponseWriter, _ *http.Request, s *session.Session) { fmt.Fprint(w, s.Flashes()) },
	})}
	add := func(c *client, m string) {
		r := c.request("/add")
		r.Form = map[string][]string{"m": {m}}
		c.do(r)
	}
	add(&c, "one")
	slow := c.clone()
	done := make(chan answer)
	go func() { done <- slow.get("/slow") }()
	<-loaded
	add(&c, "two")
	goOn <- true
	a := <-done
	want(t, "shown first", a.body, "[{ one}]")
	want(t, "shown next", c.get("/show").body, "[{ two}]")
}
