//go:build dev

package main

import (
	"fmt"
	"sync"
)

// User is somebody.
type User struct {
	Name    string
	Profile *Profile
	Friends map[string]*User
	Next    *User
	notify  func(string)
}

// Profile is what is known of a User.
type Profile struct {
	sync.Mutex
	Address *Address
	Box     [4]int
}

// Address is where a User lives.
type Address struct{ Street string }

// Label does with nil.
func (a *Address) Label() string {
	if a == nil {
		return "none"
	}
	return a.Street
}

// Line does not.
func (a Address) Line() string { return a.Street }

// Team has what its parts have.
type Team struct {
	*User
	fmt.Stringer
}

var nobody *User

func find(id int) *User {
	if id == 1 {
		return &User{Name: "ann"}
	}
	return nil
}

func keep(any) {}

var pointers = []func(){
	func() {
		owner := &User{}
		keep(owner.Profile.Address) // want: owner.Profile is nil (*main.Profile); .Address cannot be read
	},
	func() {
		owner := &User{Profile: &Profile{}}
		owner.Profile.Address.Street = owner.Name // want: owner.Profile.Address is nil (*main.Address); .Street cannot be set
	},
	func() {
		owner := &User{Profile: &Profile{}}
		keep(owner.
			Profile.
			Address. // want: owner.Profile.Address is nil (*main.Address); .Street cannot be read
			Street)
	},
	func() {
		var p *int
		*p = 1 // want: p is nil (*int); *p cannot be set
	},
	func() {
		var p *Profile
		p.Lock() // want: p is nil (*main.Profile); .Lock cannot be called
	},
	func() {
		var a *Address
		keep(a.Label() + a.Line()) // want: a is nil (*main.Address); .Line cannot be called
	},
	func() {
		var t Team
		keep(t.Name) // want: t.User is nil (*main.User); .Name cannot be read
	},
	func() {
		var t Team
		keep(t.String()) // want: t.Stringer is nil (fmt.Stringer); .String cannot be called
	},
	func() {
		u := User{Name: "ann"}
		u.notify(u.Name) // want: u.notify is nil (func(string)) and cannot be called
	},
	func() {
		var s fmt.Stringer
		keep(s.String()) // want: s is nil (fmt.Stringer); .String cannot be called
	},
	func() {
		var s fmt.Stringer
		defer keep(s.String) // want: s is nil (fmt.Stringer); .String cannot be read
	},
	func() {
		var hook func()
		defer hook()
	}, // want: hook is nil (func()) and cannot be called
	func() {
		keep(nobody.Name) // want: nobody is nil (*main.User); .Name cannot be read
	},
	func() {
		u := &User{Friends: map[string]*User{"bob": nil}}
		who := "eve"
		keep(u.Friends[who].Name) // want: u.Friends[who] is nil (*main.User), for u.Friends has no such key; .Name cannot be read
	},
	func() {
		u := &User{Friends: map[string]*User{"bob": nil}}
		keep(u.Friends["bob"].Name) // want: u.Friends["bob"] is nil (*main.User); .Name cannot be read
	},
	func() {
		var p *Profile
		for _, n := range p.Box { // want: p is nil (*main.Profile); .Box cannot be read
			keep(n)
		}
	},
	func() {
		var p *[4]int
		for _, n := range p { // want: p is nil (*[4]int); there is nothing to range over
			keep(n)
		}
	},
	func() {
		keep(find(2).Name) // want: find(2) was nil; .Name cannot be read
	},
	func() {
		keep(find(1).Name + find(2).Name) // want: nothing
	},
	func() {
		u, v := find(1), find(2)
		keep(v != nil && v.Name == "" || u.Next.Name == v.Name) // want: u.Next is nil (*main.User); .Name cannot be read
	},
	func() {
		if u := find(2); u.Name == "" { // want: u is nil (*main.User); .Name cannot be read
			keep(u)
		}
	},
	func() {
		u := find(1)
		if u := u.Next; u.Name == "" { // want: nothing
			keep(u)
		}
	},
	func() {
		for u := find(1); ; u = u.Next { // want: u is nil (*main.User); .Next cannot be read
			keep(u)
		}
	},
	func() {
		us := []*User{find(1), find(2)}
		for i, u := range us {
			keep(us[i].Name + u.Name) // want: us[i] is nil (*main.User); .Name cannot be read
		}
	},
}
