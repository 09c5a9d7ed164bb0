//go:build dev

package main

import (
	"fmt"
	"runtime"
	"unsafe"

	"github.com/surcoat/surcoat/middleware/cgitrace/internal/debuginfo"
	"github.com/surcoat/surcoat/middleware/cgitrace/internal/location"
)

type celsius float64

type table[K comparable, V any] struct {
	key   K
	value V
}

// generic asks what its own type parameters stand for, and returns how many dictionaries it had to
// find that out: none where it was optimised out.
//
//go:noinline
func generic[T ~float64, K comparable, V any](info *debuginfo.Info, all []T, held table[K, V]) int {
	var first T
	byKey := map[K]V{}
	pc := make([]uintptr, 1)
	runtime.Callers(1, pc)
	f, err := info.Function(uint64(pc[0] - 1))
	if err != nil {
		fmt.Println(err)
		return 0
	}
	scope := f.Scopes(uint64(pc[0] - 1))[0]
	want := map[string]string{
		"all": fmt.Sprintf("%T", all), "first": fmt.Sprintf("%T", first),
		"byKey": fmt.Sprintf("%T", byKey), "held": fmt.Sprintf("%T", held),
	}
	var frame uint64
	for _, v := range scope.Variables {
		if v.Name == "first" {
			frame = uint64(uintptr(unsafe.Pointer(&first))) - address(v)
		}
	}
	pieces, _, err := scope.Dictionary.Locate(location.Machine{CFA: frame}, uint64(pc[0]-1))
	if err != nil || len(pieces) != 1 {
		return 0
	}
	dictionary, _ := word(pieces[0].Value)
	for _, v := range scope.Variables {
		if want[v.Name] == "" {
			continue
		}
		if got := v.Type.Concrete(dictionary, word); got == nil || got.Name != want[v.Name] {
			fmt.Printf("%s of type %s is %+v, want %s\n", v.Name, v.Type.Name, got, want[v.Name])
		}
		delete(want, v.Name)
	}
	if len(want) > 0 {
		fmt.Println("not found:", want)
	}
	runtime.KeepAlive(byKey)
	return 1
}

// word reads this program's own memory.
func word(at uint64) (uint64, bool) {
	return **(**uint64)(unsafe.Pointer(&at)), true
}

// address is where a variable is, counted from a frame at 0.
func address(v debuginfo.Variable) uint64 {
	pieces, _, err := v.Locate(location.Machine{}, 0)
	if err != nil || len(pieces) != 1 {
		return 0
	}
	return pieces[0].Value
}
