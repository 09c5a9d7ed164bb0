package session

// useList is a shard's nodes, the one used last first.
type useList struct {
	first, last *node
	hand        *node // where the search for expired nodes goes on towards first; nil: at last
}

// front puts n first, whether or not it is in the list.
func (l *useList) front(n *node) {
	if l.first == n {
		return
	}
	l.remove(n)
	n.next = l.first
	if l.first != nil {
		l.first.prev = n
	} else {
		l.last = n
	}
	l.first = n
}

// remove takes n out; a node that is not in the list stays as it is.
func (l *useList) remove(n *node) {
	if l.hand == n {
		l.hand = n.prev
	}
	if n.prev != nil {
		n.prev.next = n.next
	} else if l.first == n {
		l.first = n.next
	}
	if n.next != nil {
		n.next.prev = n.prev
	} else if l.last == n {
		l.last = n.prev
	}
	n.prev, n.next = nil, nil
}
