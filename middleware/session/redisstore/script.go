package redisstore

import (
	"context"
	"crypto/sha1"
	_ "embed" // the scripts
	"encoding/hex"
	"errors"

	"github.com/redis/rueidis"
)

// script is a Lua program that works on one key, as keys of a Redis Cluster live on
// different machines.
type script struct{ text, sha string }

func newScript(text string) *script {
	sum := sha1.Sum([]byte(text)) // the name by which Redis knows a script
	return &script{text, hex.EncodeToString(sum[:])}
}

var (
	//go:embed record.lua
	recordText string
	//go:embed save.lua
	saveText string
	//go:embed touch.lua
	touchText string
	//go:embed remove.lua
	removeText string
	//go:embed revoke.lua
	revokeText string
	//go:embed index.lua
	indexText string

	saveScript   = newScript(recordText + saveText)
	touchScript  = newScript(recordText + touchText)
	removeScript = newScript(recordText + removeText)
	revokeScript = newScript(revokeText)
	indexScript  = newScript(indexText)
)

// call is a script with what it is to work on.
type call struct {
	*script
	key  string
	args []string
}

// named is the command that runs a script which the server has seen before.
func (c call) named(b rueidis.Builder) rueidis.Completed {
	return b.Evalsha().Sha1(c.sha).Numkeys(1).Key(c.key).Arg(c.args...).Build()
}

// whole is the command that brings the script along.
func (c call) whole(b rueidis.Builder) rueidis.Completed {
	return b.Eval().Script(c.text).Numkeys(1).Key(c.key).Arg(c.args...).Build()
}

// run calls scripts and reads values, all in one round trip: to one connection, or to
// the nodes of a cluster at once, in no order then. The results are those of the
// calls, then those of the reads.
func (s *Store) run(ctx context.Context, calls []call, reads ...string) []rueidis.RedisResult {
	b := s.client.B()
	commands := make([]rueidis.Completed, 0, 4)
	for _, c := range calls {
		commands = append(commands, c.named(b))
	}
	for _, key := range reads {
		commands = append(commands, b.Get().Key(key).Build())
	}
	if len(commands) == 1 {
		return []rueidis.RedisResult{s.known(ctx, s.client.Do(ctx, commands[0]), calls, 0)}
	}
	results := s.client.DoMulti(ctx, commands...)
	for i := range calls {
		results[i] = s.known(ctx, results[i], calls, i)
	}
	return results
}

// known runs a script again with its text where the server did not know it: after its
// start, or that of the replica that took its place.
func (s *Store) known(ctx context.Context, r rueidis.RedisResult, calls []call, i int) rueidis.RedisResult {
	if i < len(calls) && noScript(r.Error()) {
		return s.client.Do(ctx, calls[i].whole(s.client.B()))
	}
	return r
}

func noScript(err error) bool {
	var e *rueidis.RedisError
	return errors.As(err, &e) && e.IsNoScript()
}
