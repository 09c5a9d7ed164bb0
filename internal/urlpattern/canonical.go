package urlpattern

import (
	"fmt"
	"strings"
)

// Fixed text is compared with URLs as clients send them, so it is written like them: with dots
// resolved and percent-encoding (https://url.spec.whatwg.org/#path-state).

// canonicalPath returns fixed text of a path as it is in a URL. It is an error when dots lead out of
// text that begins in the middle of a segment.
func canonicalPath(text string) (string, error) {
	if text == "" {
		return "", nil
	}
	// Text which does not begin with a slash goes on with what a wildcard stands for. The
	// standard puts "/-" before it meanwhile, so that it is not taken for a segment.
	lead := ""
	if text[0] != '/' {
		lead = "/-"
	}
	segments := strings.Split(strings.ReplaceAll(lead+text, `\`, "/")[1:], "/")
	kept := segments[:0]
	for i, s := range segments {
		last := i == len(segments)-1
		switch strings.ReplaceAll(strings.ToLower(s), "%2e", ".") {
		case ".":
		case "..":
			kept = kept[:max(len(kept)-1, 0)]
		default:
			kept, last = append(kept, s), false
		}
		if last {
			kept = append(kept, "")
		}
	}
	// net/url escapes the "|", which clients send as it is.
	path := encode("/"+strings.Join(kept, "/"), " \"#<>?^`{}|")
	if !strings.HasPrefix(path, lead) {
		return "", fmt.Errorf("the dots in %q lead into what the wildcard before it stands for", text)
	}
	return path[len(lead):], nil
}

// encode percent-encodes the characters of set, and what is not printable ASCII.
func encode(text, set string) string {
	const hex = "0123456789ABCDEF"
	var b strings.Builder
	for i := range len(text) {
		if c := text[i]; c < ' ' || c > '~' || strings.IndexByte(set, c) >= 0 {
			b.Write([]byte{'%', hex[c>>4], hex[c&15]})
		} else {
			b.WriteByte(c)
		}
	}
	return b.String()
}
