// Package session keeps what a client does on a site together.
package session
