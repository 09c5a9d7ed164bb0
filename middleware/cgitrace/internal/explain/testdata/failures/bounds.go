//go:build dev

package main

import "strings"

const perPage = 1 << 2

func next() int { return 4 }

var bounds = []func(){
	func() {
		users, idx, total := []*User{{}, {}}, 1, 3
		keep(users[idx+total]) // want: idx + total is 4, but len(users) is 2
	},
	func() {
		users, page := []*User{{}, {}}, 1
		keep(users[ // want: page * perPage is 4, but len(users) is 2
		page*
			perPage])
	},
	func() {
		names := strings.Split("a,b", ",")
		keep(names[2]) // want: len(names) is 2; there is no element 2
	},
	func() {
		var xs []int
		keep(xs[len(xs)-1]) // want: len(xs) - 1 is -1, and an index cannot be negative
	},
	func() {
		s, i := "abc", 5
		keep(s[i]) // want: i is 5, but len(s) is 3
	},
	func() {
		a, i := [3]int{1, 2, 3}, uint8(250)
		keep(a[i+10]) // want: i + 10 is 4, but len(a) is 3
	},
	func() {
		u := &User{Profile: &Profile{}}
		u.Profile.Box[next()] = 1 // want: next() was 4, but len(u.Profile.Box) is 4
	},
	func() {
		a, b, i, j := []int{1}, []int{1, 2}, 0, 2
		keep(a[i] + b[j]) // want: j is 2, but len(b) is 2
	},
	func() {
		xs, from := make([]int, 1, 3), 3
		keep(xs[from:]) // want: from is 3, but len(xs) is 1
	},
	func() {
		xs, to := make([]int, 1, 3), 4
		keep(xs[:to]) // want: to is 4, but cap(xs) is 3
	},
	func() {
		s, from, to := "abcdef", 4, 2
		keep(s[from:to]) // want: from is 4, but to is 2
	},
	func() {
		line := "no colon"
		keep(line[:strings.IndexByte(line, ':')]) // want: strings.IndexByte(line, ':') was -1, and a bound cannot be negative
	},
	func() {
		xs, most := make([]int, 3), 9
		keep(xs[0:1:most]) // want: most is 9, but cap(xs) is 3
	},
}
