package site

import "strings"

// mark is a word in a User-Agent and what it stands for. Browsers also bear the marks
// of those that they want to be taken for, so the order matters: the first one found
// counts.
type mark struct{ word, name string }

var browsers = []mark{
	{"Edg", "Edge"}, // Edg/, EdgA/, EdgiOS/
	{"OPR/", "Opera"},
	{"SamsungBrowser/", "Samsung Internet"},
	{"Vivaldi/", "Vivaldi"},
	{"FxiOS/", "Firefox"},
	{"Firefox/", "Firefox"},
	{"CriOS/", "Chrome"},
	{"Chrome/", "Chrome"},
	{"Safari/", "Safari"},
	{"curl/", "curl"},
}

var systems = []mark{
	{"iPhone", "iPhone"},
	{"iPad", "iPad"},
	{"Android", "Android"},
	{"CrOS", "ChromeOS"},
	{"Windows", "Windows"},
	{"Mac OS X", "macOS"},
	{"Linux", "Linux"},
	{"BSD", "BSD"},
}

// deviceName is what a User-Agent says in a few words: "Firefox on Linux". It is for
// people who look for a device that is not theirs, and no proof of anything. Nothing
// that the client sent is in it.
func deviceName(userAgent string) string {
	browser, system := first(browsers, userAgent), first(systems, userAgent)
	switch {
	case browser == "" && system == "":
		return "Unknown device"
	case browser == "":
		return "Unknown browser on " + system
	case system == "":
		return browser
	}
	return browser + " on " + system
}

func first(marks []mark, in string) string {
	for _, m := range marks {
		if strings.Contains(in, m.word) {
			return m.name
		}
	}
	return ""
}
