package gzip

import (
	"fmt"
	"maps"
	"time"
)

// What a Versions knows of its Dir.

// relistAfter is how old that may be when a client names a dictionary that is not known. Asking for the
// file of each hash would be answered sooner, but clients can make up hashes faster than a disk answers.
const relistAfter = 2 * time.Second

// openDir makes v.Dir ready for use.
func (v *Versions) openDir() error {
	f, err := openFolder(v.Dir, v.max, v.limit())
	if err != nil {
		return fmt.Errorf("Versions.Dir: %w", err)
	}
	v.folder = f
	v.list()
	return nil
}

// relist finds out what other processes have put into Dir, if it was not done just now.
func (v *Versions) relist() bool {
	if v.folder == nil {
		return false
	}
	v.mu.Lock()
	due := time.Since(v.listed) >= relistAfter
	if due {
		v.listed = time.Now()
	}
	v.mu.Unlock()
	if due {
		v.list()
	}
	return due
}

// list finds out what is in Dir.
func (v *Versions) list() {
	v.listing.Lock()
	defer v.listing.Unlock()
	v.mu.Lock()
	known := v.stored
	v.mu.Unlock()
	files, _ := v.folder.list(known) // none, if Dir is gone
	v.mu.Lock()
	defer v.mu.Unlock()
	v.install(files)
}

// install makes files what is known of Dir. The lock is held.
func (v *Versions) install(files map[digest]stored) {
	v.stored, v.listed = files, time.Now()
	v.cover()
}

// load reads a dictionary from Dir. It returns nil if there is none that can be used.
func (v *Versions) load(hash digest) *dictionary {
	v.loading.Lock()
	defer v.loading.Unlock()
	if d, there := v.find(hash); d != nil || !there {
		return d // somebody else was faster
	}
	content, s, err := v.folder.load(hash)
	v.mu.Lock()
	defer v.mu.Unlock()
	if err != nil {
		v.drop(hash)
		return nil
	}
	if e := v.known[hash]; e != nil {
		return e.Value.(*version).dictionary
	}
	e := &version{
		dictionary: newDictionary(content, hash, s.pattern), scope: s, content: content,
		due: v.stored[hash].used.Add(touchEvery),
	}
	v.add(e)
	if kept := v.known[hash]; kept != nil { // there may be room for none
		v.use(kept)
	}
	return e.dictionary
}

// drop forgets a file that cannot be used. The lock is held.
func (v *Versions) drop(hash digest) {
	rest := maps.Clone(v.stored)
	delete(rest, hash)
	v.stored = rest
	v.cover()
}
