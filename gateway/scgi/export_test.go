package scgi

// ReadHead is for fuzzing.
var ReadHead = readHead
