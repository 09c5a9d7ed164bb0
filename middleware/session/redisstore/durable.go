package redisstore

import (
	"context"
	"fmt"
	"time"

	"github.com/redis/rueidis"
)

// maxRedirects is how often a write follows a slot of the cluster that moves.
const maxRedirects = 5

// change is run for one call that must be on as many replicas as Config.WaitReplicas
// says before it counts.
func (s *Store) change(ctx context.Context, c call) (rueidis.RedisResult, error) {
	if s.replicas == 0 {
		return s.run(ctx, []call{c})[0], nil
	}
	return s.durably(ctx, c.named, c.whole)
}

// durably sends one write, and then WAIT on the same connection, which is what WAIT is
// about. whole is sent instead where the server does not know the script of named.
//
// The client follows a slot that moved, but would send WAIT to where it was: redirects
// are followed here.
func (s *Store) durably(ctx context.Context, named, whole func(rueidis.Builder) rueidis.Completed) (rueidis.RedisResult, error) {
	var none rueidis.RedisResult
	select {
	case s.waiting <- struct{}{}:
		defer func() { <-s.waiting }()
	case <-ctx.Done():
		return none, fmt.Errorf("all %d connections that wait for replicas are in use: %w", cap(s.waiting), ctx.Err())
	}
	client, asking := s.client, false
	for range maxRedirects {
		results := s.dedicated(ctx, client, asking, named(s.client.B()))
		if noScript(results[0].Error()) {
			results = s.dedicated(ctx, client, asking, whole(s.client.B()))
		}
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
		return fmt.Errorf("written, but whether replicas have it is not known: %w", err)
	}
	if n < int64(s.replicas) {
		return fmt.Errorf("written, but only %d of %d replicas acknowledged it within %v", n, s.replicas, s.waitTimeout.Round(time.Millisecond))
	}
	return nil
}
