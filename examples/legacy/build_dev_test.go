//go:build dev

package main

// dev says that what fails shows why.
const dev = true
