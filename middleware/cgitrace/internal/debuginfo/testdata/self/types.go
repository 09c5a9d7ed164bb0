//go:build dev

package main

import (
	"crypto/tls"
	"fmt"
	"net/http"
	"reflect"
	"unsafe"

	"github.com/surcoat/surcoat/middleware/cgitrace/internal/debuginfo"
)

type big [20]int64

type recursive struct {
	children []recursive
	byName   map[string]*recursive
	small    map[int8]struct{}
	large    map[big]big
	updates  <-chan *recursive
	visit    func(*recursive, ...any) error
	any
	fmt.Stringer
	none struct{}
	pair [2]struct{ a, b bool }
}

// compareTypes compares all types that can be reached from some large ones.
func compareTypes(info *debuginfo.Info) int {
	c := comparison{info: info, seen: make(map[reflect.Type]*debuginfo.Type)}
	for _, v := range []any{
		recursive{}, &http.Server{}, &http.Request{}, &tls.Config{}, http.DefaultTransport, counter, big{}, &c,
	} {
		t := reflect.TypeOf(v)
		c.compare(t, info.RuntimeType(descriptor(v)), t.String())
	}
	return len(c.seen)
}

// descriptor is the address of the descriptor of v's type.
func descriptor(v any) uint64 { return uint64(*(*uintptr)(unsafe.Pointer(&v))) }

type comparison struct {
	info *debuginfo.Info
	seen map[reflect.Type]*debuginfo.Type
}

// compare compares one type, and those it is made of.
func (c *comparison) compare(want reflect.Type, got *debuginfo.Type, path string) {
	if got == nil {
		fmt.Println(path, "is not known")
		return
	}
	if _, ok := c.seen[want]; ok {
		return
	}
	c.seen[want] = got
	if got.Kind != want.Kind() || got.Size != int64(want.Size()) || got.Package() != want.PkgPath() {
		fmt.Printf("%s is %s, %s of %d bytes in %q, want %s of %d in %q\n",
			path, got.Name, got.Kind, got.Size, got.Package(), want.Kind(), want.Size(), want.PkgPath())
		return
	}
	if held := reflect.New(want).Elem().Interface(); want.Kind() != reflect.Interface && direct(held) != got.Direct() {
		fmt.Println(path, "is direct:", got.Direct())
	}
	switch want.Kind() {
	case reflect.Pointer, reflect.Slice, reflect.Chan, reflect.Array, reflect.Map:
		c.compare(want.Elem(), got.Elem(), path+".Elem")
	}
	switch want.Kind() {
	case reflect.Map:
		c.compare(want.Key(), got.Key(), path+".Key")
	case reflect.Array:
		if got.Count != int64(want.Len()) {
			fmt.Println(path, "has", got.Count, "elements, want", want.Len())
		}
	case reflect.Struct:
		c.fields(want, got, path)
	}
}

func (c *comparison) fields(want reflect.Type, got *debuginfo.Type, path string) {
	if len(got.Fields) != want.NumField() {
		fmt.Println(path, "has", len(got.Fields), "fields, want", want.NumField())
		return
	}
	for i, f := range got.Fields {
		of := want.Field(i)
		if f.Name != of.Name || f.Offset != int64(of.Offset) || f.Embedded != of.Anonymous {
			fmt.Printf("%s has %+v, want %+v\n", path, f, of)
		}
		c.compare(of.Type, f.Type(), path+"."+f.Name)
	}
}

// direct reports whether the data word of v, a zero value, is v itself, and thus nil, or the
// address of zeros.
func direct(v any) bool {
	return (*[2]uintptr)(unsafe.Pointer(&v))[1] == 0
}
