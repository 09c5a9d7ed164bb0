//go:build dev

package explain_test

import (
	"fmt"
	"sort"
	"strings"
	"sync"
	"testing"

	"github.com/surcoat/surcoat/middleware/cgitrace/internal/explain"
)

// declarations stand in the file of each row.
const declarations = `
type Kind int
const (
	Circle Kind = iota + 1
	Square
	limit = 1 << 3
)
type User struct { Name string; Profile *Profile; Roles []string; Keys map[string]string; Next *User }
type Profile struct { Address *Address; sync.Mutex }
type Address struct { Street string; Box [2]int }
func (a *Address) Ptr() string { return a.Street }
func (a Address) Val() string { return a.Street }
func find(int) *User
func next() int
`

// The types that the declarations say.
type (
	Kind int
	User struct {
		Name    string
		Profile *Profile
		Roles   []string
		Keys    map[string]string
		Next    *User
	}
	Profile struct {
		Address *Address
		sync.Mutex
	}
	Address struct {
		Street string
		Box    [2]int
	}
	Admin struct {
		*User
		fmt.Stringer
	}
)

// text is a file with a function whose statements are body, and the line of the one that ends in
// "//!", or of the last.
func text(body string, vs vars) (src string, line int) {
	var params []string
	for name := range vs {
		if !strings.ContainsAny(name, "@.") && !strings.Contains(body, name+" :=") && !strings.Contains(body, name+", ") && !strings.Contains(body, "var "+name) {
			params = append(params, name)
		}
	}
	sort.Strings(params)
	src = "package main\nimport (\"sync/atomic\"; \"context\"; \"errors\"; \"fmt\"; \"log\"; \"os\"; \"strings\"; \"sync\"; \"time\"; \"math/rand\"; \"example.com/shop/store\")\n"
	params = append(params, "_")
	src += "func f(" + strings.Join(params, ", ") + " any) {\n" + body + "\n}\n" + declarations
	before, _, marked := strings.Cut(src, "//!")
	if !marked {
		before, _, _ = strings.Cut(src, "\n}\n")
	}
	return src, strings.Count(before, "\n") + 1
}

type row struct {
	body    string
	vars    vars
	failure string
	want    string
}

func check(t *testing.T, rows []row) {
	t.Helper()
	for _, tt := range rows {
		src, line := text(tt.body, tt.vars)
		got, _ := of(src, line, tt.failure, tt.vars)
		if got != tt.want {
			t.Errorf("%s\n\tgot  %q\n\twant %q", tt.body, got, tt.want)
		}
	}
}

func of(src string, line int, failure string, vs vars) (string, []explain.Expression) {
	return explain.Of("", []byte(src), line, "main.f", failure, vs)
}

const nilPointer = "runtime error: invalid memory address or nil pointer dereference"

func TestNilPointer(t *testing.T) {
	var noStringer fmt.Stringer
	ann := &User{Profile: &Profile{}}
	check(t, []row{
		{"_ = u.Name", vars{"u": (*User)(nil)}, nilPointer, "u is nil (*main.User); .Name cannot be read"},
		{"_ = u.Profile.Address", vars{"u": &User{}}, nilPointer, "u.Profile is nil (*main.Profile); .Address cannot be read"},
		{"u.Profile.Address.Street = s", vars{"u": ann, "s": ""}, nilPointer, "u.Profile.Address is nil (*main.Address); .Street cannot be set"},
		{"p := &u.Profile.Address.Street", vars{"u": ann}, nilPointer, "u.Profile.Address is nil (*main.Address); .Street cannot be reached"},
		{"u.\n Profile.\n Address. //!\n Street = s", vars{"u": ann, "s": ""}, nilPointer, "u.Profile.Address is nil (*main.Address); .Street cannot be set"},
		{"u.\n Profile. //!\n Address.\n Street = s", vars{"u": ann, "s": ""}, nilPointer, ""},
		{"_ = *p", vars{"p": (*int)(nil)}, nilPointer, "p is nil (*int); *p cannot be read"},
		{"*p = 1", vars{"p": (*int)(nil)}, nilPointer, "p is nil (*int); *p cannot be set"},
		{"_ = (**p).Name", vars{"p": new(*User)}, nilPointer, "*p is nil (*main.User); **p cannot be read"},
		{"g(3)", vars{"g": (func(int))(nil)}, nilPointer, "g is nil (func(int)) and cannot be called"},
		{"h[i](3)", vars{"h": []func(int){nil}, "i": 0}, nilPointer, "h[i] is nil (func(int)) and cannot be called"},
		{"_ = s.String()", vars{"s": iface{&noStringer}}, nilPointer, "s is nil (fmt.Stringer); .String cannot be called"},
		{"m := s.String", vars{"s": iface{&noStringer}}, nilPointer, "s is nil (fmt.Stringer); .String cannot be read"},
		{"_ = a.Street + a.Ptr()", vars{"a": &Address{}}, nilPointer, ""},
		{"_ = a.Ptr()", vars{"a": (*Address)(nil)}, nilPointer, ""},
		{"_ = a.Val()", vars{"a": (*Address)(nil)}, nilPointer, "a is nil (*main.Address); .Val cannot be called"},
		{"p.Lock()", vars{"p": (*Profile)(nil)}, nilPointer, "p is nil (*main.Profile); .Lock cannot be called"},
		{"_ = a.Name", vars{"a": Admin{}}, nilPointer, "a.User is nil (*main.User); .Name cannot be read"},
		{"for _, n := range p {", vars{"p": (*[3]int)(nil)}, nilPointer, ""}, // does not parse
		{"for _, n := range p { //!\n}", vars{"p": (*[3]int)(nil)}, nilPointer, "p is nil (*[3]int); there is nothing to range over"},
		{"for n := range p { //!\n _ = p[n] }", vars{"p": (*[3]int)(nil)}, nilPointer, ""},
		{"_ = p[1]", vars{"p": (*[3]int)(nil)}, nilPointer, "p is nil (*[3]int); its elements cannot be read"},
		{"_ = m[k].Name", vars{"m": map[string]*User{}, "k": "eve"}, nilPointer, "m[k] is nil (*main.User), for m has no such key; .Name cannot be read"},
		{"_ = m[k].Name", vars{"m": map[string]*User{"eve": nil}, "k": "eve"}, nilPointer, "m[k] is nil (*main.User); .Name cannot be read"},
		{"_ = m[k].Name", vars{"m": map[string]*User(nil), "k": "eve"}, nilPointer, "m[k] is nil (*main.User), for m is nil; .Name cannot be read"},
		{"_ = us[i].Name", vars{"us": []*User{ann, nil}, "i": 1}, nilPointer, "us[i] is nil (*main.User); .Name cannot be read"},
		{"_ = globalUser.Name", vars{"globalUser": (*User)(nil), "unused@": 1}, nilPointer, "globalUser is nil (*main.User); .Name cannot be read"},
		{"_ = store.Default.Name", vars{"example.com/shop/store.Default": (*User)(nil)}, nilPointer, "store.Default is nil (*main.User); .Name cannot be read"},
		// Calls are not made, and can be what is left.
		{"_ = find(3).Name", nil, nilPointer, "find(3) was nil; .Name cannot be read"},
		{"_ = find(3).Name + find(4).Name", nil, nilPointer, ""},
		{"_ = find(3).Name + u.Name", vars{"u": (*User)(nil)}, nilPointer, "u is nil (*main.User); .Name cannot be read"},
		{"_ = find(3).Name + u.Name", vars{"u": ann}, nilPointer, "find(3) was nil; .Name cannot be read"},
		{"if u := find(3); u.Name == s { //!\n}", vars{"u": (*User)(nil), "s": ""}, nilPointer, "u is nil (*main.User); .Name cannot be read"},
		{"if u := v.Next; u.Name == s { //!\n}", vars{"u": (*User)(nil), "v": (*User)(nil), "s": ""}, nilPointer, "v is nil (*main.User); .Next cannot be read"},
		{"if u := v.Next; u.Name == s { //!\n}", vars{"u": (*User)(nil), "v": ann, "s": ""}, nilPointer, "u is nil (*main.User); .Name cannot be read"},
		{"if u := w(3).Next; u.Name == s { //!\n}", vars{"u": (*User)(nil), "s": "", "w": func(int) *User { return nil }}, nilPointer, ""},
		// What is not reached.
		{"_ = u == nil || u.Name == s", vars{"u": (*User)(nil), "s": ""}, nilPointer, ""},
		{"_ = u != nil && u.Name == s || v.Name == s", vars{"u": (*User)(nil), "v": (*User)(nil), "s": ""}, nilPointer, "v is nil (*main.User); .Name cannot be read"},
		{"_ = next() > 1 && u.Name == s", vars{"u": (*User)(nil), "s": ""}, nilPointer, "u is nil (*main.User); .Name cannot be read"},
		{"_ = next() > 1 && u.Name == s || v.Name == s", vars{"u": (*User)(nil), "v": (*User)(nil), "s": ""}, nilPointer, ""},
		{"if u != nil { _ = u.Name }; _ = v.Name", vars{"u": (*User)(nil), "v": (*User)(nil)}, nilPointer, "v is nil (*main.User); .Name cannot be read"},
		{"if u != nil { _ = u.Name }; _ = find(3).Name", vars{"u": (*User)(nil)}, nilPointer, ""},
		{"if u == nil {\n\t_ = u.Name; _ = v.Name //!\n}", vars{"u": (*User)(nil), "v": (*User)(nil)}, nilPointer, "u is nil (*main.User); .Name cannot be read"},
		{"g := func() string { return u.Name }; _ = v.Name", vars{"u": (*User)(nil), "v": ann}, nilPointer, ""},
		{"n := len(p.Box) + v.Box[0]", vars{"p": (*Address)(nil), "v": (*Address)(nil)}, nilPointer, "v is nil (*main.Address); .Box cannot be read"},
		// What the values do not show.
		{"_ = u.Name", vars{"u": ann}, nilPointer, ""},
		{"_ = u.Name", vars{"u": gone{}}, nilPointer, "u was nil, or what is embedded in it; .Name cannot be read"},
		{"_ = store.Find(3).Name", nil, nilPointer, "store.Find(3) was nil, or what is embedded in it; .Name cannot be read"},
		{"_ = atomic.LoadInt64(p) + int64(len(u.Name))", vars{"p": (*int64)(nil), "u": ann}, nilPointer, "p is nil (*int64); there is nothing for atomic.LoadInt64 to work on"},
		{"_ = s.Val()", vars{"s": anyOf((*Address)(nil))}, nilPointer, "s holds a nil *main.Address; .Val needs a main.Address"},
		{"_ = s.Ptr()", vars{"s": anyOf((*Address)(nil))}, nilPointer, ""},
		{"_ = u.Name + v.Name", vars{"u": gone{}, "v": gone{}}, nilPointer, ""},
		{"_ = fmt.Sprint(strings.ToUpper(s), u)", vars{"u": (*User)(nil), "s": ""}, nilPointer, ""},
		{"for i := range p.Box { //!\n}", vars{"p": (*Address)(nil)}, nilPointer, ""},
		{"for _, n := range p.Box { //!\n}", vars{"p": (*Address)(nil)}, nilPointer, "p is nil (*main.Address); .Box cannot be read"},
		{"u := v\n{\n\tu := u.Next //!\n}", vars{"v": ann, "u": (*User)(nil), "u@hidden": ann}, nilPointer, ""},
		{"u := v\n{\n\tu := u.Next //!\n}", vars{"v": ann, "u": ann, "u@hidden": (*User)(nil)}, nilPointer, "u is nil (*main.User); .Next cannot be read"},
		{"u := v\nu, n := u.Next, 1 //!", vars{"v": ann, "u": (*User)(nil), "u@hidden": ann}, nilPointer, "u is nil (*main.User); .Next cannot be read"},
		{"u := u.Next", vars{"u": ann, "u@hidden": (*User)(nil)}, nilPointer, ""},
		{"n := len(s) //!\ndefer g()", vars{"g": (func())(nil), "s": ""}, nilPointer, ""},
		{"defer s.String()", vars{"s": iface{&noStringer}}, nilPointer, "s is nil (fmt.Stringer); .String cannot be called"},
		{"defer func() {\n\tdefer g()\n}()", vars{"g": (func())(nil)}, nilPointer, ""},
	})
}
