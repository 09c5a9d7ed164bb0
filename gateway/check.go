package gateway

import "errors"

// Check returns what [Server.Serve] would return before it opens anything: a field that makes no
// sense, a URL that is none, a certificate or a secret that is missing or cannot be read. Whether the
// place is free, and may be listened at, only Serve finds out.
func (s *Server) Check() error {
	server, err := s.settle()
	if err != nil {
		return err
	}
	p, err := server.plan()
	if err != nil {
		return err
	}
	protocols := []Protocol{p.Address.Protocol}
	for _, socket := range p.sockets {
		protocols = append(protocols, socket.protocol)
	}
	for _, protocol := range protocols {
		if err := server.equipped(protocol); err != nil {
			return err
		}
	}
	if _, err := server.tlsConfig(); err != nil {
		return err
	}
	if a := p.Address; a.Protocol == AJP && a.Network == "tcp" && !a.loopback() {
		return server.guarded(a.Address)
	}
	return p.Address.open()
}

// equipped reports whether the server has what the protocol cannot do without.
func (s *Server) equipped(p Protocol) error {
	switch p {
	case HTTPS:
		if s.CertFile == "" && s.ACME == nil {
			return errors.New("gateway: https needs a certificate: set Server.CertFile and Server.KeyFile, or Server.ACME")
		}
	case AJP, Any:
		_, err := s.secret()
		return err
	}
	return nil
}
