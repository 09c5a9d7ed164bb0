// Package dictionaryfield reads and writes the header fields by which servers and clients
// agree on a compression dictionary (RFC 9842): Use-As-Dictionary and
// Available-Dictionary, which are structured fields (RFC 9651), and those that tell whether an
// origin may read a response.
package dictionaryfield
