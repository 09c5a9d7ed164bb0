// Package words has what the site says.
package words

// Greeting is said on every page.
const Greeting = "hello"
