package middlewaretest

import (
	"fmt"
	"io"
	"net/http"
	"runtime"
	"slices"
	"strings"
)

// twiceChecks: a layer put on twice works as one put on once, or says so by name.
func twiceChecks() []check {
	return []check{
		{name: "applied twice", run: twice},
	}
}

// layered puts the layer on twice. It returns nil when the layer refuses that, with a
// message that is its own rather than a crash.
func (t *trial) layered(h http.Handler) (double http.Handler) {
	defer func() {
		switch v := recover().(type) {
		case nil:
		case runtime.Error:
			t.fail("a layer that cannot be put on twice says so", "it crashed: "+v.Error(), "the message must name the mistake")
		}
	}()
	return t.layer(t.layer(h))
}

func twice(t *trial) {
	const why = "frameworks and applications both add the usual layers; twice must not mean double coding or two cookies"
	app := func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("X-App", "set")
		w.Header().Set("Content-Type", "text/plain")
		_, _ = io.WriteString(w, prose)
	}
	double := t.layered(http.HandlerFunc(app))
	if double == nil {
		return
	}
	t.withCodings(func(t *trial, accept string) {
		once, s := t.serve(app).get(accept), t.serveWrapped(double)
		got := s.get(accept)
		if got.whole() && got.status >= 500 {
			return // refused, request by request
		}
		if !t.same(got, 200, prose, why) {
			return
		}
		if got.coding() != once.coding() {
			t.failf(fmt.Sprintf("Content-Encoding %q", once.coding()), why, "%q", got.coding())
		}
		for _, name := range got.added() {
			if a, b := len(once.header[name]), len(got.header[name]); a != b {
				t.failf(fmt.Sprintf("%d lines %s, as when it is put on once", a, name), why, "%d lines", b)
			}
		}
		if names := members(got.header.Values("Vary")); len(slices.Compact(slices.Clone(names))) != len(names) {
			t.failf("each member of Vary once", why, "%q", names)
		}
		s.quiet()
	})
}

// members returns the sorted lower-case members of a list field.
func members(lines []string) []string {
	var names []string
	for name := range strings.SplitSeq(strings.Join(lines, ","), ",") {
		if name = strings.ToLower(strings.TrimSpace(name)); name != "" {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	return names
}
