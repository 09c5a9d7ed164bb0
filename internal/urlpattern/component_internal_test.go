package urlpattern

import (
	"regexp"
	"testing"
)

// FuzzComponent holds the quick way of matching text and stars to the regular expression.
func FuzzComponent(f *testing.F) {
	for _, s := range []string{"/a*b", "/:x/:y?", "/{a:x.}*b", "{*}*a", "/{a}+*{/:z}?", "/*{b*}**"} {
		f.Add(s, "/a/b/a.a.b", true)
		f.Add(s, "/ab/aabb", false)
	}
	f.Fuzz(func(t *testing.T, pattern, s string, path bool) {
		list, err := tokens(pattern)
		if err != nil || len(list) > 200 || len(s) > 200 {
			return
		}
		c, err := newComponent(list[:len(list)-1], path)
		if err != nil {
			return
		}
		re := regexp.MustCompile(expression(c.parts, path))
		if got, want := c.match(s), re.MatchString(s); got != want {
			t.Errorf("%q matches %q: %v; the regular expression %s: %v", pattern, s, got, re, want)
		}
	})
}
