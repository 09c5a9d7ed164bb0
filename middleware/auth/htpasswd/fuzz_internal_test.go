package htpasswd

import (
	"maps"
	"strings"
	"testing"
)

const fuzzHash = "$2y$04$1B0G2DOuiWXPzOTaDFsPLeoaCNwEgP2QGihjzvIMv6RjV8h8mALxS"

// Whatever a file holds, editing it does to the named user what it says, and to others
// nothing.
func FuzzUsers(f *testing.F) {
	f.Add("# c\nada:"+fuzzHash+"\r\ngrace:{SHA}87u9ZqY9S/F0eUBXjsPQEDUw4h0=:Grace\n", "ada")
	f.Add("\ufeffada:"+fuzzHash, "bob")
	f.Add("ada:x\nada", "ada")
	f.Fuzz(func(t *testing.T, text, name string) {
		users, _, err := parseUsers(text, nil)
		if err != nil {
			for _, line := range lines(text) {
				if len(line) > 12 && strings.Contains(err.Error(), line) {
					t.Errorf("the error shows a line: %v", err)
				}
			}
			users = nil
		}
		if editable(name) != nil || len(text) > maxLine-len(fuzzHash) { // a comment of 4 KiB and a longer hash
			return
		}
		set := setLine(strings.TrimPrefix(text, bom), name, fuzzHash)
		after, _, setErr := parseUsers(set, nil)
		if err == nil {
			if setErr != nil {
				t.Fatalf("a file is broken after an edit: %v", setErr)
			}
			if after[name].Hash != fuzzHash {
				t.Errorf("%q has the hash %q", name, after[name].Hash)
			}
			others := maps.Clone(users)
			delete(others, name)
			for other, u := range others {
				if after[other].Hash != u.Hash {
					t.Errorf("%q was changed", other)
				}
			}
			if len(after) != len(others)+1 {
				t.Errorf("%d users, had %d others", len(after), len(others))
			}
		}
		rest, n := dropLines(set, name)
		if n != 1 {
			t.Errorf("the name was there %d times", n)
		}
		if left, _, err := parseUsers(rest, nil); err == nil && left[name].Name != "" {
			t.Error("the user was not removed")
		}
	})
}

func FuzzGroups(f *testing.F) {
	f.Add("admin: ada bob\n# c\n\nx:")
	f.Fuzz(func(t *testing.T, text string) {
		groups, err := parseGroups(text)
		if (groups == nil) == (err == nil) {
			t.Errorf("%v, %v", groups, err)
		}
		for name, of := range groups {
			if name == "" || strings.ContainsAny(name, blanks+"\x00") || len(of) == 0 {
				t.Errorf("%q: %q", name, of)
			}
		}
	})
}
