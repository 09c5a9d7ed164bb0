package gobuild

import (
	"errors"
	"slices"
	"strings"
)

// Flags are flags of the go command, one each.
type Flags []string

// ParseFlags takes GOFLAGS apart: at spaces, but for those in flags that are quoted as a
// whole (go help environment).
func ParseFlags(goflags string) (Flags, error) {
	var flags Flags
	for rest := strings.TrimLeft(goflags, " \t\n"); rest != ""; rest = strings.TrimLeft(rest, " \t\n") {
		var flag string
		if quote := rest[0]; quote == '"' || quote == '\'' {
			var closed bool
			if flag, rest, closed = strings.Cut(rest[1:], string(quote)); !closed {
				return nil, errors.New("GOFLAGS has a quotation mark that is not closed")
			}
		} else if end := strings.IndexAny(rest, " \t\n"); end >= 0 {
			flag, rest = rest[:end], rest[end:]
		} else {
			flag, rest = rest, ""
		}
		flags = append(flags, flag)
	}
	return flags, nil
}

// Value returns the last value of the flag of that name, and whether there is one.
func (f Flags) Value(name string) (value string, found bool) {
	for _, flag := range slices.Backward(f) {
		at, value, _ := strings.Cut(strings.TrimPrefix(strings.TrimPrefix(flag, "-"), "-"), "=")
		if at == name {
			return value, true
		}
	}
	return "", false
}

// Options are what the user says about a build beyond GOFLAGS.
type Options struct {
	Tags []string // build tags; "dev" is one anyway
	Race bool     // find data races
}

// Flags returns the flags of `go build` and `go list` for o where GOFLAGS are f.
func (o Options) Flags(f Flags) Flags {
	tags := append([]string{"dev"}, o.Tags...)
	if more, _ := f.Value("tags"); more != "" { // the command line's would take their place
		tags = append(tags, strings.FieldsFunc(more, func(c rune) bool { return c == ',' || c == ' ' })...)
	}
	var once []string
	for _, tag := range tags {
		if tag != "" && !slices.Contains(once, tag) {
			once = append(once, tag)
		}
	}
	flags := Flags{"-tags=" + strings.Join(once, ",")}
	if o.Race {
		flags = append(flags, "-race")
	}
	return flags
}

// debugging returns the flags by which the packages that patterns match keep all their
// variables where GOFLAGS are f.
func debugging(f Flags, patterns []string) Flags {
	var flags Flags
	for _, p := range patterns {
		flags = append(flags, "-gcflags="+p+"=-N -l") // the last that matches a package holds
	}
	if link, found := f.Value("ldflags"); found { // they may be -s -w
		flags = append(flags, "-ldflags="+strings.TrimSpace(link+" -s=0 -w=0"))
	}
	return flags
}
