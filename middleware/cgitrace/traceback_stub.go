//go:build !dev

package cgitrace

import "net/http"

// A build without -tags dev holds no traceback page.
// For what these do in one that does, see traceback.go.

const enabled = false

type traceback struct{}

func (p *Page) settle() {}
func (p *Page) banner() {}

func (p *Page) developer(*http.Request) (shows bool, withheld string) { return false, "" }

func (*traceback) watch(w http.ResponseWriter, _ *http.Request) http.ResponseWriter { return w }
func (*traceback) release()                                                         {}
func (*traceback) body() []byte                                                     { return nil }

func (rs *response) run(next http.Handler, r *http.Request) { next.ServeHTTP(rs, r) }

func (rs *response) left() bool                { return rs.Status() != 0 }
func (rs *response) base() http.ResponseWriter { return rs.Unwrap() }
func (rs *response) replace()                  { _ = rs.Writer.Commit(shown) }

func (*response) prepare(*http.Request, *record, bool)            {}
func (*response) show(http.ResponseWriter, *http.Request, string) {}
func (*response) append(string) bool                              { return false }
func (*response) file(string)                                     {}

type kept struct{}

func (kept) keep([]uintptr) {}
func (kept) drop()          {}

func (*caught) environ() []string { return nil }
func (*caught) opening() string   { return "panic: " }
