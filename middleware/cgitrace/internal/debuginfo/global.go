//go:build dev

package debuginfo

// Global finds a package variable, or a constant of an integer type. pkg is the package's import
// path, "main" for the program's own; it may also be written as in the name of a function. A
// variable that no code uses is not in the binary. The first call for a package reads the
// whole of it.
func (i *Info) Global(pkg, name string) (Variable, bool) {
	pkg = unescape(pkg)
	for _, u := range i.units {
		if u.name != pkg {
			continue
		}
		u.read()
		offset, ok := u.globals[name]
		if !ok {
			continue
		}
		e, ok := i.data.Entry(offset)
		if !ok {
			continue
		}
		v := u.variable(e)
		v.Name, v.Role = name, Package
		return v, true
	}
	return Variable{}, false
}
