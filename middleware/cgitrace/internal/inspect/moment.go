//go:build dev

package inspect

import (
	"reflect"
	"strings"
	"time"
)

func duration(v Value) (string, bool) {
	n, ok := v.Int()
	return time.Duration(n).String(), ok
}

func month(v Value) (string, bool) {
	n, ok := v.Int()
	return time.Month(n).String(), ok
}

func weekday(v Value) (string, bool) {
	n, ok := v.Int()
	return time.Weekday(n).String(), ok
}

// A time.Time has two numbers. Of the first, wall, the lowest 30 bits are nanoseconds. If
// its highest bit is set, the 33 bits between are seconds since 1885, and the second
// number, ext, is the monotonic clock's; otherwise ext is seconds since the year 1.
const (
	hasMonotonic = 1 << 63
	nsecBits     = 30
	nsecMask     = 1<<nsecBits - 1

	daySeconds        = 86400
	from1To1885 int64 = (1884*365 + 1884/4 - 1884/100 + 1884/400) * daySeconds
	from1To1970 int64 = (1969*365 + 1969/4 - 1969/100 + 1969/400) * daySeconds
)

func moment(v Value) (string, bool) {
	t, name, ok := instant(v)
	switch {
	case !ok:
		return "", false
	case t.IsZero():
		return "the zero time", true
	}
	text := t.Format(time.RFC3339Nano)
	if name != "" {
		text += " " + name
	}
	return text, true
}

// instant is a time.Time, in its location if that can be had, and the location's name
// where it says more than the offset does.
func instant(v Value) (t time.Time, name string, ok bool) {
	wall, why := v.field("wall").word(0)
	ext, why2 := v.field("ext").word(0)
	if why != "" || why2 != "" {
		return t, "", false
	}
	seconds := int64(ext)
	if wall&hasMonotonic != 0 {
		seconds = from1To1885 + int64(wall<<1>>(nsecBits+1))
	}
	t = time.Unix(seconds-from1To1970, int64(wall&nsecMask)).UTC()
	if at, name := zone(v.field("loc"), t.Unix()); at != nil {
		return t.In(at), name, true
	}
	return t, "", true
}

// zone is the time zone, with its name, that a *time.Location has at a moment: nil for
// UTC, and where it is not known. A Location keeps the zone of when it was loaded at hand, and the rest
// in tables; for other moments it is loaded once more.
func zone(v Value, unix int64) (at *time.Location, name string) {
	addr, why := v.word(0)
	if why != "" || addr == 0 || addr == uint64(reflect.ValueOf(time.UTC).Pointer()) {
		return nil, ""
	}
	if addr == uint64(reflect.ValueOf(time.Local).Pointer()) {
		return time.Local, ""
	}
	l := v.target().load()
	name, ok := l.field("name").Text()
	if !ok || !zonelike(name) {
		return nil, ""
	}
	from, ok := l.field("cacheStart").Int()
	until, ok2 := l.field("cacheEnd").Int()
	if ok && ok2 && from <= unix && unix < until {
		if offset, ok := l.field("cacheZone").target().field("offset").Int(); ok && offset > -daySeconds && offset < daySeconds {
			return time.FixedZone(name, int(offset)), name
		}
	}
	if at, err := time.LoadLocation(name); err == nil {
		return at, name
	}
	return nil, ""
}

// zonelike reports whether s may be the name of a time zone. It is going to be part of the
// name of a file.
func zonelike(s string) bool {
	if s == "" || len(s) > 64 || strings.Contains(s, "..") {
		return false
	}
	return !strings.ContainsFunc(s, func(c rune) bool {
		return !strings.ContainsRune("+-_/:", c) && (c < '0' || c > '9') && (c < 'A' || c > 'Z') && (c < 'a' || c > 'z')
	})
}

func zoneName(v Value) (string, bool) {
	name, ok := v.field("name").Text()
	if name == "" {
		name = "UTC"
	}
	return name, ok
}
