package cgi

import (
	"cmp"
	"fmt"
	"os"
	"slices"

	"github.com/surcoat/surcoat/gateway/internal/cgienv"
)

// defaultPath is where programs are found if this process itself does not know.
const defaultPath = "/usr/local/bin:/usr/bin:/bin"

// environment is what all programs have in their environment beside what the request says. What
// stands first counts.
func environment(env map[string]string, inherit []string) (cgienv.Extra, error) {
	own, err := cgienv.NewExtra(env)
	if err != nil {
		return nil, fmt.Errorf("cgi: Handler.Env: %w", err)
	}
	ours := map[string]string{"PATH": cmp.Or(os.Getenv("PATH"), defaultPath)}
	for _, name := range slices.Concat(needed, inherit) {
		if _, err := cgienv.NewExtra(map[string]string{name: ""}); err != nil {
			return nil, fmt.Errorf("cgi: Handler.InheritEnv: %w", err)
		}
		if value, ok := os.LookupEnv(name); ok {
			ours[name] = value
		}
	}
	inherited, err := cgienv.NewExtra(ours)
	if err != nil {
		return nil, fmt.Errorf("cgi: Handler.InheritEnv: %w", err)
	}
	return append(own, inherited...), nil
}

// environ is the environment of one request's program. No name is in it twice: which of the two
// counts is up to the program.
func environ(vars cgienv.Vars, extra cgienv.Extra) []string {
	extra.AddTo(&vars)
	all := make([]string, 0, len(vars))
	for name, value := range vars.All() {
		if name == "CONTENT_LENGTH" && value == "" {
			continue // RFC 3875 §4.1.2
		}
		all = append(all, name+"="+value)
	}
	return all
}
