// Placeholder so that middleware/gzip compiles meanwhile: the author of this package deletes it.
package urlpattern

import (
	"net/url"
	"path"
)

type Pattern struct{ p string }

func Parse(p string, base *url.URL) (Pattern, error) { return Pattern{p}, nil }
func (p Pattern) Match(u *url.URL) bool              { ok, _ := path.Match(p.p, u.Path); return ok }
func (p Pattern) String() string                     { return p.p }
