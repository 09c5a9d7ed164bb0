package doctor

// MountOf is for tests.
var MountOf = func(table, path string) string { return mountOf(table, path).point }
