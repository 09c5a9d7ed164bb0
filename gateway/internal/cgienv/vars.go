package cgienv

import (
	"iter"
	"strings"
)

// Var is one variable as the server in front sent it.
type Var struct{ Name, Value string }

// Vars is the list of a request's variables in the order in which they came. A name may repeat:
// that is how nginx hands on a header field that came twice.
type Vars []Var

// Add appends a variable.
func (v *Vars) Add(name, value string) { *v = append(*v, Var{name, value}) }

// Get returns the value of the variable, "" for one that is not there. Of one that repeats the
// last counts: in nginx's and Apache's configuration the later line is the one that overrides.
func (v Vars) Get(name string) string {
	value, _ := v.Lookup(name)
	return value
}

// Lookup is [Vars.Get] that tells an empty variable from one that is not there.
func (v Vars) Lookup(name string) (value string, ok bool) {
	for i := len(v) - 1; i >= 0; i-- {
		if v[i].Name == name {
			return v[i].Value, true
		}
	}
	return "", false
}

// All ranges over the variables in their order.
func (v Vars) All() iter.Seq2[string, string] {
	return func(yield func(string, string) bool) {
		for _, one := range v {
			if !yield(one.Name, one.Value) {
				return
			}
		}
	}
}

// Environ returns the variables of a process's environment, "NAME=value" each ([os.Environ]).
func Environ(environ []string) Vars {
	vars := make(Vars, 0, len(environ))
	for _, pair := range environ {
		if name, value, ok := strings.Cut(pair, "="); ok {
			vars.Add(name, value)
		}
	}
	return vars
}
