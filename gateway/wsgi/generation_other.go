//go:build !unix

package wsgi

import "errors"

const supported = false

type control struct{}

var errUnsupported = errors.New("no worker processes on this system")

const doKill, doDump = 'K', 'D'

func (s *supervisor) spawn(*generation) error          { return errUnsupported }
func (s *supervisor) order(*generation, *worker) error { return errUnsupported }

func (g *generation) command(byte, int) {}
func (g *generation) release()          {}
func (g *generation) kill()             {}
