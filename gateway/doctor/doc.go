// Package doctor finds out why a CGI program fails.
package doctor
