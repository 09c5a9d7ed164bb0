package people

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"net/netip"
	"os"
	"strings"
	"time"

	"github.com/surcoat/surcoat/examples/wiki/disk"
)

// Guesses counts wrong passwords by network in files, for processes that end after each request and
// so remember none. Package auth's own throttle, in the memory of one process, counts by account
// and device as well.
type Guesses struct {
	// Free is how many wrong ones a network may make at once: an address of IPv4, or a /64
	// of IPv6. 0: 50.
	Free int

	// Every is how long it takes until it may make another. 0: a minute.
	Every time.Duration

	folder *disk.Folder
	now    func() time.Time
}

// NewGuesses returns the count of a folder.
func NewGuesses(folder *disk.Folder) *Guesses {
	return &Guesses{Free: 50, Every: time.Minute, folder: folder, now: time.Now}
}

// Enter counts a guess from an address as wrong before it is looked at, since any number may
// be under way at once. leave takes that back if it was not. Where there were too many, wait is how
// long it takes until there may be another, and leave is nil.
func (g *Guesses) Enter(ctx context.Context, from netip.Addr) (leave func(wrong bool) error, wait time.Duration, err error) {
	name := network(from)
	err = g.change(ctx, name, func(c *count) {
		if over := c.Wrong + 1 - float64(g.Free); over > 0 {
			wait = time.Duration(over * float64(g.Every))
			return
		}
		c.Wrong++
	})
	if err != nil || wait > 0 {
		return nil, wait, err
	}
	return func(wrong bool) error {
		if wrong {
			return nil
		}
		return g.change(context.WithoutCancel(ctx), name, func(c *count) { c.Wrong = max(0, c.Wrong-1) })
	}, 0, nil
}

// network is the file of an address.
func network(a netip.Addr) string {
	a = a.Unmap().WithZone("")
	bits := 32
	if a.Is6() {
		bits = 64
	}
	p, err := a.Prefix(bits)
	if err != nil {
		return disk.Name("unknown")
	}
	return disk.Name(p.String())
}

// count is what a file holds: how many wrong guesses there were, less those that time has
// forgiven by then.
type count struct {
	Wrong float64   `json:"wrong"`
	Time  time.Time `json:"time"`
}

func (g *Guesses) change(ctx context.Context, name string, change func(*count)) error {
	unlock, err := g.folder.Lock(ctx)
	if err != nil {
		return err
	}
	defer unlock()
	now := g.now().UTC()
	var c count
	b, err := os.ReadFile(g.folder.Path("guesses", name))
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("people: %w", err)
	}
	if json.Unmarshal(b, &c) != nil { // also of a file that is not there
		g.forget(now)
	}
	if past := now.Sub(c.Time); past > 0 {
		c.Wrong = max(0, c.Wrong-float64(past)/float64(g.Every))
	}
	c.Time = now
	before := c.Wrong
	if change(&c); c.Wrong == before {
		return nil
	}
	if b, err = json.Marshal(c); err != nil {
		return err
	}
	if err := g.folder.Write(b, "guesses", name); err != nil {
		return fmt.Errorf("people: counting guesses: %w", err)
	}
	return nil
}

// forget removes the counts that time has forgiven whole, when there is a new one, and so there are no
// more than a while has made; but only now and then, or whoever has many networks would have all files
// looked at for each.
func (g *Guesses) forget(now time.Time) {
	swept := g.folder.Path("guesses.swept")
	if info, err := os.Stat(swept); err == nil {
		if past := now.Sub(info.ModTime()); past >= 0 && past < g.Every {
			return
		}
	}
	if os.WriteFile(swept, nil, 0o600) == nil {
		_ = os.Chtimes(swept, now, now)
	}
	files, _ := os.ReadDir(g.folder.Path("guesses"))
	for _, f := range files {
		info, err := f.Info()
		if err == nil && !strings.HasPrefix(f.Name(), ".") && now.Sub(info.ModTime()) > time.Duration(g.Free)*g.Every {
			_ = os.Remove(g.folder.Path("guesses", f.Name()))
		}
	}
}
