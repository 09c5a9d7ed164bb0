package auth

import (
	"context"
	"crypto/x509"
	"errors"
	"fmt"
	"net/http"
	"time"
)

// ClientCert is the scheme of TLS client certificates. The server must verify them: its
// tls.Config has ClientCAs, and tls.VerifyClientCertIfGiven or
// tls.RequireAndVerifyClientCert as ClientAuth. A certificate that it did not verify is
// refused.
//
// Browsers send a certificate by themselves, so that changes from other sites are refused
// as they are with a session.
type ClientCert struct {
	// Users, if set, has the user whom Subject names: one who is not there, or is
	// disabled, is refused, and roles are the user's present ones. nil: whoever has a
	// certificate is let in, without roles.
	Users Users

	// Subject returns whom a verified certificate is for, "" for nobody. nil: its common
	// name.
	Subject func(*x509.Certificate) string
}

var errUnverified = fmt.Errorf("%w: the server did not verify the client's certificate; "+
	"set ClientCAs, and ClientAuth to tls.VerifyClientCertIfGiven, in its tls.Config", ErrRefused)

var certMethods = []string{"pop"} // proof of possession of a key (RFC 8176)

// Authenticate implements [Scheme].
func (c *ClientCert) Authenticate(_ http.ResponseWriter, r *http.Request) (Identity, error) {
	switch {
	case r.TLS == nil || len(r.TLS.PeerCertificates) == 0:
		return Identity{}, ErrNone
	case len(r.TLS.VerifiedChains) == 0:
		return Identity{}, errUnverified
	}
	leaf := r.TLS.VerifiedChains[0][0]
	// TLS looks at this in the handshake only, and connections last.
	if now := time.Now(); now.After(leaf.NotAfter) || now.Before(leaf.NotBefore) {
		return Identity{}, ErrRefused
	}
	subject := leaf.Subject.CommonName
	if c.Subject != nil {
		subject = c.Subject(leaf)
	}
	return vouched(r.Context(), c.Users, subject, "ClientCert", certMethods)
}

// vouched returns the identity of somebody for whom something outside stands.
func vouched(ctx context.Context, users Users, subject, scheme string, methods []string) (Identity, error) {
	if !searchable(subject) {
		return Identity{}, ErrRefused
	}
	id := Identity{Subject: subject}
	if users != nil {
		u, err := lookup(ctx, users, subject)
		switch {
		case errors.Is(err, ErrNoUser):
			return Identity{}, ErrRefused
		case err != nil:
			return Identity{}, err
		case u.Disabled:
			return Identity{}, ErrRefused
		}
		id = u.Identity()
	}
	id.Methods, id.Time, id.Ambient, id.Scheme = methods, time.Now(), true, scheme
	return id, nil
}
