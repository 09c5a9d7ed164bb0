package main

import (
	"runtime"
	"time"
	"unsafe"

	"github.com/surcoat/surcoat/middleware/cgitrace/internal/debuginfo/testdata/program/dot.ted"
)

type (
	count    int
	handler  func(string) error
	lines    []string
	table    map[string]point
	stringer interface{ String() string }
	embedded struct {
		point
		*list
		Time time.Time
	}
	tree struct {
		children []tree
		byName   map[string]*tree
		parent   *tree
	}
	pointers struct{ only *list }
	padded   struct {
		_    struct{}
		only *list
	}
	two struct{ a, b *list }
)

type point struct{ X, Y int32 }

func (p point) String() string { return "point" }

//go:noinline
func kinds(n int) {
	var (
		b    bool
		i    int
		i8   int8
		i16  int16
		i32  rune
		i64  int64
		u    uint
		u8   byte
		u16  uint16
		u32  uint32
		u64  uint64
		ptr  uintptr
		f32  float32
		f64  float64
		c64  complex64
		c128 complex128
		s    string
		up   unsafe.Pointer
		sl   []int
		ar   [3]point
		no   [0]int
		m    map[string]point
		ch   chan<- int
		fn   func(int, ...string) error
		e    error
		a    any
		p    *point
		pp   **point
		st   struct {
			A int8
			B string
		}
		none struct{}

		named   count
		fun     handler
		strs    lines
		tab     table
		iface   stringer
		emb     embedded
		rec     tree
		one     pointers
		pad     padded
		pair    two
		month   time.Month
		generic box[string, []int]
		inner   map[point]map[int]chan struct{}
		single  [1]*point
		within  [1]pointers
		word    [1]uintptr
		other   ted.Page
	)
	type local struct{ n int }
	var loc local
	mark("kinds", at("n", &n), at("b", &b), at("c128", &c128), at("m", &m), at("loc", &loc))
	runtime.KeepAlive([]any{
		b, i, i8, i16, i32, i64, u, u8, u16, u32, u64, ptr, f32, f64, c64, c128, s, up, sl, ar, no, m, ch, fn, e, a, p, pp, st, none,
		named, fun, strs, tab, iface, emb, rec, one, pad, pair, month, generic, inner, single, within, word, other, loc,
	})
}

//go:noinline
func constants() {
	const local = 12
	mark("constants")
}

//go:noinline
func composed() {
	anonymous := []struct {
		Name string
		In   struct{ Deep [2]*int }
	}{{Name: "x"}}
	mark("composed")
	runtime.KeepAlive(anonymous)
}

const limit = 42

var (
	counter  int
	registry = map[string]*list{}
	unused   string
)

//go:noinline
func touch() {
	counter += limit
	registry["a"] = &list{}
	ted.Pages++
	mark("touch", at("counter", &counter), at("registry", &registry), at("Pages", &ted.Pages))
}
