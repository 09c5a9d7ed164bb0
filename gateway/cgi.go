package gateway

import (
	"context"

	"github.com/surcoat/surcoat/gateway/cgi"
)

// cgi answers the one request of a CGI program.
func (s *Server) cgi(ctx context.Context) error {
	program := &cgi.Server{Handler: s.Handler, Mount: s.Mount, Logger: s.Logger}
	return program.Serve(ctx)
}
