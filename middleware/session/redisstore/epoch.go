package redisstore

import (
	"strings"

	"github.com/surcoat/surcoat/middleware/session"
)

// What is stored of a subject that was revoked:
//
//	format  1 byte, epochV1
//	epoch   8 bytes
//	and for each excepted session
//	id      32 bytes
//	since   8 bytes
//
// A record of the subject is alive when its epoch is not before the stored one, or
// when it is excepted and its epoch is not before since: who was revoked earlier does
// not come back by being excepted later.
const (
	epochV1   = 1
	epochHead = 9
	exceptLen = len(session.ID{}) + 8
)

// epochs is such a value. The zero epochs is that of a subject never revoked.
type epochs struct {
	epoch  uint64
	except string
}

func decodeEpochs(v string) (e epochs, err error) {
	if err := formatOf(v, epochV1); err != nil {
		return e, err
	}
	if len(v) < epochHead || (len(v)-epochHead)%exceptLen != 0 {
		return e, errDamaged
	}
	return epochs{epoch: be64(v[1:]), except: v[epochHead:]}, nil
}

// alive reports whether a record of the subject with such an epoch was not revoked.
func (e epochs) alive(id session.ID, epoch uint64) bool {
	if epoch >= e.epoch {
		return true
	}
	for rest := e.except; len(rest) >= exceptLen; rest = rest[exceptLen:] {
		if rest[:len(id)] == string(id[:]) {
			return epoch >= be64(rest[len(id):])
		}
	}
	return false
}

// join is the argument by which the script gets the excepted sessions.
func join(ids []session.ID) string {
	var b strings.Builder
	for _, id := range ids {
		b.Write(id[:])
	}
	return b.String()
}
