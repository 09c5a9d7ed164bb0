package redisstore

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/redis/rueidis"
)

// maxRedirects is how often a write follows a slot of the cluster that moves.
const maxRedirects = 5

// change runs a script that must be on as many replicas as Config.WaitReplicas says
// before it counts.
func (s *Store) change(ctx context.Context, c call) (rueidis.RedisResult, error) {
	if s.replicas == 0 {
		return s.send(ctx, c)
	}
	// EVALSHA might spend WAIT on a script that the server does not know.
	result, err := s.durably(ctx, c.whole)
	if errors.Is(err, errReplicas) && !wrote(result) {
		err = nil
	}
	return result, err
}

// wrote reports whether a script changed something, by what it answered.
func wrote(result rueidis.RedisResult) bool {
	a, err := result.ToString()
	return err != nil || a != "c" && a != "g" && a != "f" && !strings.HasPrefix(a, "l")
}

// errReplicas says that a write may be on fewer replicas than it should.
var errReplicas = errors.New("written, but not on enough replicas")

// send runs a script and waits for nobody.
func (s *Store) send(ctx context.Context, c call) (rueidis.RedisResult, error) {
	result := s.run(ctx, []call{c})[0]
	return result, result.Error()
}

// durably sends one write, and then WAIT on the same connection, which is what WAIT is
// about.
//
// The client follows a slot that moved, but would send WAIT to where it was: redirects
// are followed here.
func (s *Store) durably(ctx context.Context, write func(rueidis.Builder) rueidis.Completed) (rueidis.RedisResult, error) {
	var none rueidis.RedisResult
	select {
	case s.waiting <- struct{}{}:
		defer func() { <-s.waiting }()
	case <-ctx.Done():
		return none, fmt.Errorf("all %d connections that wait for replicas are in use: %w", cap(s.waiting), ctx.Err())
	}
	// The time for the replicas comes on top of what is left.
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), s.timeout+s.waitTimeout)
	defer cancel()
	client, asking := s.client, false
	for range maxRedirects {
		results := s.dedicated(ctx, client, asking, write(s.client.B()))
		e, ok := rueidis.IsRedisErr(results[0].Error())
		if !ok {
			return results[0], s.acknowledged(results)
		}
		addr, asked := e.IsAsk()
		if !asked {
			if addr, ok = e.IsMoved(); !ok {
				return results[0], nil
			}
		}
		node, ok := s.client.Nodes()[addr]
		if !ok {
			return results[0], nil
		}
		client, asking = node, asked
	}
	return none, fmt.Errorf("redirected %d times: the cluster is moving its slots", maxRedirects)
}

// dedicated sends a write and WAIT to one connection of client's.
func (s *Store) dedicated(ctx context.Context, client rueidis.Client, asking bool, write rueidis.Completed) []rueidis.RedisResult {
	b := s.client.B()
	var results []rueidis.RedisResult
	_ = client.Dedicated(func(c rueidis.DedicatedClient) error {
		commands := []rueidis.Completed{write, b.Wait().Numreplicas(int64(s.replicas)).Timeout(s.waitTimeout.Milliseconds()).Build()}
		if asking {
			commands = append([]rueidis.Completed{b.Arbitrary("ASKING").Build()}, commands...)
		}
		results = c.DoMulti(ctx, commands...)
		return nil
	})
	return results[len(results)-2:]
}

// acknowledged looks at what WAIT answered.
func (s *Store) acknowledged(results []rueidis.RedisResult) error {
	if results[0].Error() != nil {
		return nil // there is nothing to wait for
	}
	n, err := results[1].AsInt64()
	if err != nil {
		return fmt.Errorf("%w: whether they have it is not known: %w", errReplicas, err)
	}
	if n < int64(s.replicas) {
		return fmt.Errorf("%w: only %d of %d acknowledged it within %v", errReplicas, n, s.replicas, s.waitTimeout.Round(time.Millisecond))
	}
	return nil
}
