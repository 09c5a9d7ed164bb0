package redisstore

import (
	"context"

	"github.com/redis/rueidis"
)

// value is what GET answered.
type value struct {
	text  string
	found bool
	err   error
}

func valueOf(r rueidis.RedisResult) value {
	text, err := r.ToString()
	if rueidis.IsRedisNil(err) {
		return value{}
	}
	return value{text, err == nil, err}
}

// read gets values in one round trip, from the server and never from the cache. A
// single server gets one command for all: that costs both sides less than several, but
// keys of a cluster live on different nodes.
func (s *Store) read(ctx context.Context, keys ...string) []value {
	values := make([]value, len(keys))
	b := s.client.B()
	switch {
	case len(keys) == 1:
		values[0] = valueOf(s.client.Do(ctx, b.Get().Key(keys[0]).Build()))
	case s.client.Mode() == rueidis.ClientModeCluster:
		for i, r := range s.run(ctx, nil, keys...) {
			values[i] = valueOf(r)
		}
	default:
		all, err := s.client.Do(ctx, b.Mget().Key(keys...).Build()).ToArray()
		if err == nil && len(all) != len(keys) {
			err = errDamaged
		}
		for i := range values {
			if values[i].err = err; err == nil && !all[i].IsNil() {
				values[i].text, values[i].err = all[i].ToString()
				values[i].found = values[i].err == nil
			}
		}
	}
	return values
}
