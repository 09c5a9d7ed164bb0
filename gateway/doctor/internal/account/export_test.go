package account

// ParseACL is for tests.
var ParseACL = parseACL
