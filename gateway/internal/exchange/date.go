package exchange

import (
	"net/http"
	"sync/atomic"
	"time"
)

// second is a second's Date field.
type second struct {
	unix int64
	text string
}

var lastSecond atomic.Pointer[second]

// date writes t for a Date field (RFC 9110 §5.6.7), once a second.
func date(t time.Time) string {
	now := t.Unix()
	if last := lastSecond.Load(); last != nil && last.unix == now {
		return last.text
	}
	s := &second{now, t.UTC().Format(http.TimeFormat)}
	lastSecond.Store(s)
	return s.text
}
