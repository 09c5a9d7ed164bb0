package cgi

import (
	"cmp"
	"fmt"
	"os"
	"slices"
	"strings"

	"github.com/surcoat/surcoat/gateway/internal/cgienv"
)

// defaultPath is where programs are found if this process itself does not know.
const defaultPath = "/usr/local/bin:/usr/bin:/bin"

// environment is what all programs have in their environment, "NAME=value" each.
func environment(env map[string]string, inherit []string) ([]string, error) {
	all := map[string]string{"PATH": cmp.Or(os.Getenv("PATH"), defaultPath)}
	for _, name := range append(needed, inherit...) {
		if err := checkName("InheritEnv", name); err != nil {
			return nil, err
		}
		if value, ok := os.LookupEnv(name); ok {
			all[name] = value
		}
	}
	for name, value := range env {
		if err := checkName("Env", name); err != nil {
			return nil, err
		}
		if strings.ContainsRune(value, 0) {
			return nil, fmt.Errorf("cgi: Handler.Env: a NUL in %s", name)
		}
		all[name] = value
	}
	list := make([]string, 0, len(all))
	for name, value := range all {
		list = append(list, name+"="+value)
	}
	slices.Sort(list)
	return list, nil
}

func checkName(field, name string) error {
	switch {
	case name == "" || strings.ContainsAny(name, "=\x00"):
		return fmt.Errorf("cgi: Handler.%s: %q is no name of a variable", field, name)
	case strings.HasPrefix(name, "HTTP_"):
		return fmt.Errorf("cgi: Handler.%s: %s: programs take variables of such names for what the client said", field, name)
	}
	return nil
}

// with is the environment of one request's program. What vars say comes in place of what is there
// already: of a name that is there twice, which one counts is up to the program.
func with(environ []string, vars cgienv.Vars) []string {
	all := make([]string, 0, len(environ)+len(vars))
	for _, pair := range environ {
		name, _, _ := strings.Cut(pair, "=")
		if _, ok := vars.Lookup(name); !ok {
			all = append(all, pair)
		}
	}
	for name, value := range vars.All() {
		if name == "CONTENT_LENGTH" && value == "" {
			continue // RFC 3875 §4.1.2
		}
		all = append(all, name+"="+value)
	}
	return all
}
