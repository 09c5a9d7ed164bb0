//go:build dev

package inspect

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
