package session

// op is one change of a session. A request keeps the changes it made, so that they
// can be made again on what another request stored in the meantime: two requests
// that change different keys, or both add one to the same, lose nothing.
type op struct {
	name   string
	kind   opKind
	value  string // of a set
	update func(old string, ok bool) (value string, keep bool, err error)
}

type opKind uint8

const (
	opSet opKind = iota
	opDelete
	opUpdate
)

// apply makes the change on v.
func (o *op) apply(v values) (values, error) {
	switch o.kind {
	case opSet:
		return v.set(o.name, o.value), nil
	case opUpdate:
		i, ok := v.find(o.name)
		old := ""
		if ok {
			old = v[i].value
		}
		value, keep, err := o.update(old, ok)
		if err != nil {
			return v, err
		}
		if keep {
			return v.set(o.name, value), nil
		}
	}
	return v.del(o.name), nil
}

// logOp appends o to ops. A set or delete makes what was done to its name before
// pointless.
func logOp(ops []op, o op) []op {
	if o.kind != opUpdate {
		kept := ops[:0]
		for _, old := range ops {
			if old.name != o.name {
				kept = append(kept, old)
			}
		}
		ops = kept
	}
	return append(ops, o)
}

// replay makes all changes again, in order.
func replay(v values, ops []op) (values, error) {
	for i := range ops {
		var err error
		if v, err = ops[i].apply(v); err != nil {
			return v, err
		}
	}
	return v, nil
}
