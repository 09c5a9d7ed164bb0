//go:build dev

package inspect

import (
	"reflect"

	"github.com/surcoat/surcoat/middleware/cgitrace/internal/debuginfo"
	"github.com/surcoat/surcoat/middleware/cgitrace/internal/value"
)

// What follows from names and source alone, for tests without a stack.
var (
	NamedForSecret = namedForSecret
	Short          = short
	IsText         = isText
)

// Assigned is what is noted of the variable of that name, declared on the one line of
// file when the other one failed.
func Assigned(file, name string, declared, at int) string {
	return map[verdict]string{notFound: "not found", done: "assigned", failed: notAssigned, doubtful: perhapsAssigned}[parse(file).verdict(name, declared, at)]
}

// Broken shows a value that makes whatever shows it panic.
func Broken() value.Node {
	v := Value{typ: &debuginfo.Type{Name: "*int", Kind: reflect.Pointer, Size: wordSize}}
	return new(Inspector).Node("x", v)
}
