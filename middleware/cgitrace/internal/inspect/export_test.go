//go:build dev

package inspect

import (
	"fmt"
	"reflect"

	"github.com/surcoat/surcoat/middleware/cgitrace/internal/debuginfo"
	"github.com/surcoat/surcoat/middleware/cgitrace/internal/syntax"
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
	return map[verdict]string{notFound: "not found", done: "assigned", failed: notAssigned, doubtful: perhapsAssigned}[newDeclarations(syntax.Open(file)).verdict(name, declared, at)]
}

// Locals is what the function of that name can name on a line, each with its own line.
func Locals(file, function string, line int) (locals []string) {
	for _, l := range newDeclarations(syntax.Open(file)).locals(function, line) {
		locals = append(locals, fmt.Sprint(l.name, ":", l.line))
	}
	return locals
}

// Mutates reports whether the function around a line assigns to the variable of that name, declared on
// another line, more than once.
func Mutates(file, name string, declared int, kind reflect.Kind) bool {
	d := newDeclarations(syntax.Open(file))
	f := d.enclosing(declared)
	return f != nil && d.mutates(f, name, declared, kind)
}

// Broken shows a value that makes whatever shows it panic.
func Broken() value.Node {
	v := Value{typ: &debuginfo.Type{Name: "*int", Kind: reflect.Pointer, Size: wordSize}}
	return new(Inspector).Node("x", v)
}
