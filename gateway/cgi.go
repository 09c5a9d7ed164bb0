package gateway

import (
	"context"
	"errors"
)

func (s *Server) cgi(ctx context.Context) error { return errors.New("gateway: not yet") }
