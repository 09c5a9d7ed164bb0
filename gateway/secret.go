package gateway

import (
	"errors"
	"fmt"
	"os"
	"strings"
)

// secret is what the server in front has to send over AJP, "" for nothing.
func (s *Server) secret() (string, error) {
	if s.SecretFile == "" {
		return os.Getenv("AJP_SECRET"), nil
	}
	b, err := os.ReadFile(s.SecretFile)
	if err != nil {
		return "", fmt.Errorf("gateway: Server.SecretFile: %w", err)
	}
	secret := strings.TrimSpace(string(b))
	if secret == "" {
		return "", errors.New("gateway: Server.SecretFile " + s.SecretFile + " is empty")
	}
	return secret, nil
}
