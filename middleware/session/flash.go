package session

import "slices"

// Flash is a message for the next page that the client sees.
type Flash struct {
	Kind string `json:"k,omitempty"` // what the page styles it by, such as "error"; may be ""
	Text string `json:"t"`           // for people
}

// flashName holds the messages, among a session's values.
const flashName = "_flashes"

var flashes = newKey[[]Flash](flashName)

// AddFlash leaves a message for the next page: as a rule before a redirect. Messages of
// parallel requests are all kept, where the store can [Merge]. The error is that of
// [Key.Set].
func (s *Session) AddFlash(kind, text string) error {
	return flashes.Update(s, func(all []Flash) []Flash { return append(all, Flash{kind, text}) })
}

// Flashes returns the messages, the oldest first, and removes those, so that later
// requests do not find them; what a parallel request adds stays. It returns nil where
// there are none, and where they cannot be removed.
func (s *Session) Flashes() []Flash {
	shown, ok := flashes.Get(s)
	if !ok || len(shown) == 0 {
		return nil
	}
	err := flashes.update(s, func(all []Flash) ([]Flash, bool) {
		for _, f := range shown {
			if i := slices.Index(all, f); i >= 0 {
				all = slices.Delete(all, i, i+1)
			}
		}
		return all, len(all) > 0
	})
	if err != nil {
		return nil
	}
	return shown
}
