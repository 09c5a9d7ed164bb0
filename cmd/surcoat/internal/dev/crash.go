package dev

import (
	"context"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/surcoat/surcoat/cmd/surcoat/internal/dev/program"
	"github.com/surcoat/surcoat/cmd/surcoat/internal/dev/report"
)

const (
	// early is how short a life makes a program one that crashes at its start.
	early = 10 * time.Second

	// The pause before a request starts a crashed program again is firstPause, and twice
	// as long after each further crash at the start, up to lastPause.
	firstPause = time.Second
	lastPause  = 30 * time.Second
)

// crashed shows the program's end in place of the program.
func (d *developer) crashed(e program.Exit) {
	if e.Lived < early {
		d.crashes++
	} else {
		d.crashes = 1
	}
	pause := min(firstPause<<min(d.crashes-1, 10), lastPause)
	retry := time.Now().Add(pause)
	title := "The program ended"
	if !e.OK {
		title = "The program crashed"
	}
	advice := []string{fmt.Sprintf("It ran for %s. It is started again when a source changes, or by a request from %s on.", e.Lived.Round(time.Millisecond), retry.Format("15:04:05"))}
	if hint := d.inUse(e.Last); hint != "" {
		advice = append([]string{hint}, advice...)
		d.term.say("%s", hint)
	}
	d.term.say("%s (%s); a change or a request starts it again", strings.ToLower(title[:1])+title[1:], e.Status)
	d.answer(&report.Report{
		Kind: e.Status, Title: title, Advice: advice, Heading: "The last of its standard error",
		Output: e.Last, Dir: d.here, At: time.Now(), Ours: d.target.Has,
	}, retry)
}

// inUse explains a program that wants an address that it cannot have; "": it does not.
func (d *developer) inUse(said string) string {
	if !strings.Contains(said, "address already in use") {
		return ""
	}
	port := strconv.Itoa(int(d.public.Port()))
	if !strings.Contains(said, ":"+port) {
		return "Something else listens at an address that the program wants."
	}
	if d.overlay == "" {
		return fmt.Sprintf("surcoat dev keeps port %s open, and the program wants it for itself: put {addr} where its arguments have that address.", port)
	}
	return fmt.Sprintf("surcoat dev keeps port %s open, and the program listens there by other means than net.Listen: tell it another address, with {addr} in its arguments.", port)
}

// again waits until a request starts the program again. It reports false when a change
// came first, or ctx ended.
func (d *developer) again(ctx context.Context) bool {
	for {
		select {
		case <-ctx.Done():
			return false
		case <-d.wake:
			d.mu.Lock()
			outdated, asked := len(d.pending) > 0, d.asked
			d.asked = false
			d.mu.Unlock()
			if outdated || asked {
				return !outdated
			}
		}
	}
}
