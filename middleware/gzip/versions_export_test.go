package gzip

// Saved waits until what v keeps is in its Dir.
func Saved(v *Versions) { v.saver.group.Wait() }
