package main

import (
	"errors"
	"strconv"
)

//go:noinline
func results(text string) (n int, err error) {
	defer mark("results", at("text", &text))
	if n, err = strconv.Atoi(text); err != nil {
		return 0, errors.New("no")
	}
	return n, nil
}

//go:noinline
func unnamed(n int) bool {
	mark("unnamed")
	return n > 0
}

//go:noinline
func shadow(x int) {
	mark("shadow outside")
	{
		x := strconv.Itoa(x)
		mark("shadow inside", at("x", &x))
		for x := range 1 {
			mark("shadow deep", at("x", &x))
		}
	}
	late := x
	mark("shadow after", at("late", &late))
}

//go:noinline
func siblings(n int) {
	if n > 1 {
		left := n
		mark("siblings left", at("left", &left))
	} else {
		right := n
		mark("siblings right", at("right", &right))
	}
}

//go:noinline
func closures(n int) {
	total, step := 0, n
	add := func(k int) {
		total += k * step
		mark("closures inside")
	}
	add(1)
	mark("closures outside")
}

var sink *int

//go:noinline
func boxed(n int) {
	there := n
	sink = &there
	mark("boxed")
	sink = &n
	mark("boxed argument")
}

//go:noinline
func boxedResult() (n int, err error) {
	sink = &n
	n = 3
	mark("boxed result")
	return n, nil
}

type list struct {
	next  *list
	count int
}

//go:noinline
func (l *list) pointer(n int) { mark("pointer receiver") }

//go:noinline
func (l list) value(n int) { mark("value receiver") }

//go:noinline
func loops(n int) {
	for i := 0; i < n; i++ {
		for k, v := range map[string]int{"a": 1} {
			if i == 0 {
				mark("loops", at("i", &i), at("k", &k), at("v", &v))
			}
		}
	}
}

//go:noinline
func overFunction(n int) {
	up := func(yield func(int) bool) {
		for i := range n {
			if !yield(i) {
				return
			}
		}
	}
	for i := range up {
		mark("overFunction")
		if i == 0 {
			return
		}
	}
}

var total int

//go:noinline
func outer(a int) {
	o := a + 1
	middle(o)
	mark("outer after")
}

func middle(b int) {
	m := b * 2
	innermost(m)
	mark("middle")
}

func innermost(c int) {
	i := c + 1
	mark("innermost")
	total += i
}
