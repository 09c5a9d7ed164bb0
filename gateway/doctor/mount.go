package doctor

// mount is a mounted file system: where, and its line in the table of mounts.
type mount struct{ point, evidence string }
