package gzip

import (
	"log/slog"
	"sync"
	"time"
)

// What goes to Versions.Dir goes there beside the requests: the saver is a goroutine that is there
// as long as there is something to do.

type saver struct {
	atWork  bool // changed under the lock of the Versions
	group   sync.WaitGroup
	rested  time.Time // when the next file may be written
	failing bool      // the last one was not
}

// The saver's pace: a site whose bodies are all different must not keep a disk busy, or wear
// it out.
const (
	restAfterFile  = 50 * time.Millisecond
	bytesPerSecond = 1 << 20
)

// save starts the saver if it is not at work. The lock is held.
func (v *Versions) save() {
	if v.folder != nil && !v.saver.atWork {
		v.saver.atWork = true
		v.saver.group.Go(v.saveAll)
	}
}

// saveAll brings Dir up to date.
func (v *Versions) saveAll() {
	s := &v.saver
	for {
		e, ok := v.nextUnsaved()
		if !ok {
			return
		}
		if !e.changed && v.folder.touch(e.hash) == nil {
			continue
		}
		time.Sleep(time.Until(s.rested))
		err := v.folder.write(e.hash, e.scope, e.content)
		v.report(err)
		if err != nil {
			v.writeLater(e.hash)
		}
		s.rested = time.Now().Add(restAfterFile + time.Duration(len(e.content))*time.Second/bytesPerSecond)
		v.list()
	}
}

// nextUnsaved returns the dictionary that was used last of those that Dir has to learn of. Without
// one the saver's work is done.
func (v *Versions) nextUnsaved() (version, bool) {
	v.mu.Lock()
	defer v.mu.Unlock()
	for e := v.order.Front(); e != nil; e = e.Next() {
		if next := e.Value.(*version); next.unsaved {
			was := *next
			next.unsaved, next.changed = false, false
			return was, true
		}
	}
	v.saver.atWork = false
	return version{}, false
}

// writeLater has the file of a dictionary written when Dir is to learn of its use the next time.
func (v *Versions) writeLater(hash digest) {
	v.mu.Lock()
	defer v.mu.Unlock()
	if e := v.known[hash]; e != nil {
		e.Value.(*version).changed = true
	}
}

// report logs the first of some failures to write.
func (v *Versions) report(err error) {
	if err != nil && !v.saver.failing {
		slog.Warn("gzip: Versions.Dir cannot be written: until it can, dictionaries are in memory only",
			slog.String("dir", v.folder.path), slog.Any("error", err))
	}
	v.saver.failing = err != nil
}
