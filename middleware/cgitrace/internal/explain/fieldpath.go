//go:build dev

package explain

import "reflect"

// fieldPath finds the field or promoted field called name in the struct t, as the fields that lead
// to it: the selector o.City that means o.Customer.Address.City has three. It is nil where there is
// none: the name is a method's. ok is false where a type is unknown.
func fieldPath(t Type, name string) (fields []Field, ok bool) {
	type node struct {
		t    Type
		path []Field
	}
	const most = 8 // embedding deeper than any in use; types embed themselves by pointer
	level := []node{{t, nil}}
	for range most {
		var next []node
		found := 0
		for _, at := range level {
			st := at.t
			if st != nil && st.Kind() == reflect.Pointer {
				st = st.Elem()
			}
			if st == nil {
				return nil, false
			}
			if st.Kind() != reflect.Struct {
				continue // an embedded interface, or a type of another kind, has methods only
			}
			for _, f := range st.Fields() {
				here := append(at.path[:len(at.path):len(at.path)], f)
				if f.Name == name {
					fields = here
					found++
				}
				if f.Embedded {
					next = append(next, node{f.Type, here})
				}
			}
		}
		if found > 0 {
			return fields, found == 1 // two at one depth do not compile
		}
		if level = next; len(level) == 0 {
			return nil, true
		}
	}
	return nil, false
}
