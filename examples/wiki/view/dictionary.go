package view

import (
	"bytes"
	"fmt"
	"html/template"
	"net/url"

	"github.com/surcoat/surcoat/examples/wiki/page"
)

// Dictionary is what the wiki's pages have in common (RFC 9842): each screen with
// nothing on it. It is made of the templates and the wiki's name alone, so there is
// nothing of any page or person in it, and the same program has the same one at each start.
func (v *Views) Dictionary() ([]byte, error) {
	var b bytes.Buffer
	for i := range ordinary {
		b.WriteString(string(blazon{field: i, ordinary: i, charge: i % len(charges)}.svg(i%2 == 0)))
	}
	screens := v.blanks()
	for i, screen := range screens {
		t, err := v.Template(screen.template())
		if err != nil {
			return nil, err
		}
		if i < len(screens)-framed {
			t = t.Lookup("main") // what is around it need not be there for each
		}
		if err := t.Execute(&b, screen); err != nil {
			return nil, fmt.Errorf("view: %w", err)
		}
	}
	return b.Bytes(), nil
}

// framed is how many of the blanks have the frame around them: those of a stranger and of
// somebody who is signed in.
const framed = 2

// blanks are screens with nothing on them. Those that are looked at most come last: what
// is nearer to the end of a dictionary takes fewer bytes to refer to.
func (v *Views) blanks() []Screen {
	at := func(path string) string { return v.root + path }
	here := url.QueryEscape(at("/wiki/"))
	stranger := Frame{Login: at("/login?next=") + here, SignUp: at("/signup?next=") + here, Notes: []string{""}}
	member := Frame{Viewer: " "}
	tabs := Tabs{Read: at("/wiki/"), Edit: at("/edit/"), History: at("/history/"), Files: at("/files/"), Current: "read"}
	later := tabs
	later.Current = "history"
	c := Change{Page: Link{Href: at("/wiki/")}, Number: 2, Href: at("/wiki/?rev="), Compare: at("/diff/?from=")}
	first, removed, revert := c, c, Revert{Action: at("/revert/")}
	first.Number, removed.Removed = 1, true
	hunks := page.Diff("a\nb\n", "b\nc\n")
	return []Screen{
		Notice{Frame: stranger},
		Devices{Frame: member, Action: at("/devices"), Devices: []Device{{Present: true}, {}}, Others: true},
		Account{Frame: stranger, Form: "signup", Action: at("/signup"), Minimum: 15, Autocomplete: "new-password", Other: at("/login")},
		Account{Frame: stranger, Form: "login", Action: at("/login"), Autocomplete: "current-password", Other: at("/signup")},
		Editor{Frame: member, Tabs: tabs, Action: at("/edit/"), Conflict: &Conflict{Theirs: c, Difference: hunks}, Previews: true, Preview: template.HTML("")},
		Difference{Frame: stranger, Tabs: later, From: first, To: c, Hunks: hunks, Older: at("/diff/"), Newer: at("/diff/"), Revert: &revert},
		History{Frame: stranger, Tabs: later, Compare: at("/diff/"), Entries: []Entry{{Change: c, To: true, Current: true}, {Change: first, From: true, Revert: revert}}},
		Files{Frame: member, Tabs: tabs, Action: at("/files/"), Files: []File{{Href: at("/files/")}}},
		Missing{Frame: stranger, Tabs: tabs, Removed: &removed},
		Pages{Frame: stranger, Groups: []Group{{Changes: []Change{c, c}}}},
		Recent{Frame: stranger, Days: []Day{{Changes: []Change{c, first, removed}}}},
		Article{Frame: stranger, Tabs: tabs, Latest: c, Old: &Old{Change: c, Compare: at("/diff/"), Revert: revert}},
		Article{Frame: member, Tabs: tabs, Latest: c},
		Article{Frame: stranger, Tabs: tabs, Latest: c},
	}
}
