// Package pool keeps connections to the places where an application listens, and chooses among
// them.
package pool
